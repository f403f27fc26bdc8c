using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>What this side knows of the model: configuration and tokenizer, without weights. Servers are measured against it.</summary>
internal sealed class ServedCheckpoint
{
    private readonly string _directory;

    private ServedCheckpoint(string directory, LlamaConfig config, LlamaTokenizer tokenizer)
    {
        _directory = directory;
        Config = config;
        Tokenizer = tokenizer;
    }

    public LlamaConfig Config { get; }

    public LlamaTokenizer Tokenizer { get; }

    /// <exception cref="CheckpointException">A file is missing or malformed, or configuration and tokenizer do not belong together.</exception>
    public static ServedCheckpoint Load(string directory)
    {
        var path = Path.GetFullPath(directory);
        var config = LlamaConfigReader.Read(path);
        var tokenizer = LlamaTokenizer.Load(path);
        tokenizer.RequireVocabularyOf(path, config);
        return new ServedCheckpoint(path, config, tokenizer);
    }

    /// <exception cref="CheckpointException">What the server reports contradicts the checkpoint.</exception>
    public void RequireSameModel(string server, ServerDescription description)
    {
        // Servers report either what config.json says or what Hugging Face calls vocab_size, which leaves out added tokens.
        if (description.VocabularySize is { } vocabulary && vocabulary != Config.VocabularySize && vocabulary != Tokenizer.OrdinaryVocabularySize)
        {
            throw Mismatch(server, $"has a vocabulary of {vocabulary} tokens, but this checkpoint has {Config.VocabularySize} ({Tokenizer.OrdinaryVocabularySize} without added ones)");
        }

        if (description.ContextLength > Config.ContextLength)
        {
            throw Mismatch(server, $"has a context of {description.ContextLength} tokens, but this checkpoint has {Config.ContextLength}");
        }
    }

    /// <exception cref="CheckpointException">The server can do less than the session has promised.</exception>
    public void RequirePromise(string server, ServerDescription description, ModelInfo model)
    {
        if (description.ContextLength < model.ContextLength)
        {
            throw Mismatch(server, $"has a context of {description.ContextLength} tokens, but the servers that were there first have {model.ContextLength}");
        }

        if ((model.Features & ~description.Features) is var missing and not SessionFeatures.None)
        {
            throw Mismatch(server, $"lacks what the servers that were there first can do: {missing}");
        }
    }

    /// <summary>The model as one server runs it.</summary>
    public ModelInfo Describe(ServerDescription description) => Describe(null, null, null, [description]);

    /// <summary>The model as the servers run it: what all of them can do, within the narrowest limits.</summary>
    public ModelInfo Describe(TensorRtLlmOptions options, IReadOnlyList<Server> servers) =>
        Describe(options.ModelId, options.ContextLength, servers[0].Connection.Address.Endpoint, [.. servers.Select(server => server.Description!)]);

    private ModelInfo Describe(string? modelId, int? contextLength, Uri? endpoint, ServerDescription[] descriptions)
    {
        var first = descriptions[0];
        var device = first.Parallelism ?? "GPUs";
        return new ModelInfo
        {
            ModelId = modelId ?? first.ModelId ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(_directory)),
            VocabularySize = Config.VocabularySize,
            ContextLength = descriptions.Select(description => description.ContextLength).Append(contextLength).Append(Config.ContextLength).Min()!.Value,
            StopTokenIds = Config.EndOfSequenceTokenIds,
            EngineName = first.EngineName,
            EngineVersion = first.EngineVersion,
            Device = descriptions.Length == 1 ? device : $"{descriptions.Length} servers, {device} each",
            Endpoint = endpoint,
            Features = descriptions.Aggregate(~SessionFeatures.None, (features, description) => features & description.Features),
        };
    }

    private CheckpointException Mismatch(string server, string what) =>
        new(_directory, null, $"the {server} {what}. Both must be the same model.");
}
