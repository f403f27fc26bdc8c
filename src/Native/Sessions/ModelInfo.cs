namespace LlamaFp4.Native.Sessions;

/// <summary>The model behind a session, the engine that runs it, and what that engine can do.</summary>
public sealed class ModelInfo
{
    /// <summary>The name under which the model is known, for example the checkpoint directory's name.</summary>
    public required string ModelId { get; init; }

    /// <summary>Number of token ids.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Most tokens that prompt and answer may have together.</summary>
    public required int ContextLength { get; init; }

    /// <summary>The ids that end a turn, from the checkpoint's configuration.</summary>
    public required IReadOnlyList<int> StopTokenIds { get; init; }

    /// <summary>Name of the engine, for example <c>cpu</c>.</summary>
    public required string EngineName { get; init; }

    /// <summary>Version of the engine.</summary>
    public required string EngineVersion { get; init; }

    /// <summary>What the engine runs on, in words.</summary>
    public required string Device { get; init; }

    /// <summary>Where the engine is reached; <see langword="null"/> if it runs in this process.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>What requests may ask for beyond plain generation.</summary>
    public SessionFeatures Features { get; init; }
}
