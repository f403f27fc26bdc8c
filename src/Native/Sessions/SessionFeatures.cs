namespace LlamaFp4.Native.Sessions;

/// <summary>What a session's engine can do beyond plain generation.</summary>
[Flags]
public enum SessionFeatures
{
    /// <summary>Nothing more.</summary>
    None = 0,

    /// <summary><see cref="GenerationRequest.LogProbabilities"/>.</summary>
    LogProbabilities = 1 << 0,

    /// <summary><see cref="GenerationRequest.LogitBias"/>.</summary>
    LogitBias = 1 << 1,

    /// <summary><see cref="GenerationRequest.CacheSalt"/>.</summary>
    CacheSalt = 1 << 2,

    /// <summary><see cref="GenerationRequest.Priority"/>.</summary>
    Priority = 1 << 3,

    /// <summary><see cref="JsonGuide"/>.</summary>
    JsonGuide = 1 << 8,

    /// <summary><see cref="JsonSchemaGuide"/>.</summary>
    JsonSchemaGuide = 1 << 9,

    /// <summary><see cref="RegexGuide"/>.</summary>
    RegexGuide = 1 << 10,

    /// <summary><see cref="ChoiceGuide"/>.</summary>
    ChoiceGuide = 1 << 11,

    /// <summary><see cref="EbnfGuide"/>.</summary>
    EbnfGuide = 1 << 12,

    /// <summary><see cref="ToolCallGuide"/>.</summary>
    ToolCallGuide = 1 << 13,
}
