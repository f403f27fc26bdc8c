namespace LlamaFp4.Provider.Prompting;

/// <summary>A prompt as token ids, and the place in the conversation at which the answer begins.</summary>
internal readonly record struct EncodedPrompt(int[] TokenIds, int Context);
