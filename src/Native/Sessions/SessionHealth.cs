namespace LlamaFp4.Native.Sessions;

/// <summary>How a session is doing at one moment, as far as it knows without asking anybody.</summary>
public sealed class SessionHealth
{
    /// <summary>Nothing is known to be wrong.</summary>
    public static SessionHealth Good { get; } = new() { IsUsable = true, HasRoom = true, Description = "Ready" };

    /// <summary>Whether requests can be served at all: the engine runs, or one of its servers answers.</summary>
    public required bool IsUsable { get; init; }

    /// <summary>Whether one more request would be taken; false while the queue is full.</summary>
    public required bool HasRoom { get; init; }

    /// <summary>The same in words, with figures.</summary>
    public required string Description { get; init; }
}
