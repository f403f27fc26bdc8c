using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;
using LlamaFp4.Provider;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Acceptance;

/// <summary>What is accepted: a session, and what the checks know of the way to it.</summary>
internal sealed class AcceptanceTarget(ITokenSession session)
{
    public ITokenSession Session { get; } = session;

    public ModelInfo Model => Session.Model;

    public LlamaTokenizer Tokenizer => Session.Tokenizer;

    public IChatClient Chat { get; } = new LlamaFp4ChatClient(session);

    /// <summary>The server below the session; null if the engine runs in this process.</summary>
    public ServerProbe? Server { get; init; }

    /// <summary>Another session to the same server, with so many connections; null if there is none.</summary>
    public Func<int, CancellationToken, Task<ITokenSession>>? ConnectAsync { get; init; }

    /// <summary>Most streams at once.</summary>
    public int Streams { get; init; } = 128;

    /// <summary>Tokens of the long prompt.</summary>
    public int LongPromptTokens { get; init; } = LongestPrompt(session.Model);

    /// <summary>Answers to be read by people, with what was asked.</summary>
    public List<(string Prompt, string Answer)> Transcript { get; } = [];

    /// <summary>A prompt that leaves some room for the answer.</summary>
    public static int LongestPrompt(ModelInfo model) => Math.Max(1, model.ContextLength - 64);

    public bool Can(SessionFeatures feature) => (Model.Features & feature) == feature;

    /// <summary>A prompt as one would send it to a completions endpoint: begin of text, then the text.</summary>
    public int[] Encode(string text) => [Tokenizer.SpecialTokens.BeginOfText, .. Tokenizer.Encode(text)];

    /// <summary>A prompt of exactly so many tokens that no cache knows yet.</summary>
    public int[] EncodeUnique(int tokens)
    {
        List<int> ids = [.. Encode($"Record {Guid.NewGuid():N}. ")];
        for (var line = 1; ids.Count < tokens; line++)
        {
            Tokenizer.Encode($"Line {line}: {line * 7919L % 10_007} crates of apples went to harbour {line % 89}.\n", ids);
        }

        return [.. ids.Take(tokens)];
    }
}
