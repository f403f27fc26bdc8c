namespace LlamaFp4.Native.Diagnostics;

/// <summary>What one check of <see cref="Preflight"/> found.</summary>
public sealed class PreflightCheck
{
    /// <summary>What was checked: a short, stable name, for example <c>gpus</c>. Several checks can share one, such as those of several endpoints.</summary>
    public required string Name { get; init; }

    /// <summary>How it ended.</summary>
    public required PreflightStatus Status { get; init; }

    /// <summary>What was found, in one line.</summary>
    public required string Detail { get; init; }

    /// <summary>What to do about it, in one line.</summary>
    /// <value><see langword="null"/>: nothing.</value>
    public string? Advice { get; init; }

    internal static PreflightCheck Ok(string name, string detail) => new() { Name = name, Status = PreflightStatus.Ok, Detail = detail };

    internal static PreflightCheck Warning(string name, string detail, string advice) =>
        new() { Name = name, Status = PreflightStatus.Warning, Detail = detail, Advice = advice };

    internal static PreflightCheck Failure(string name, string detail, string advice) =>
        new() { Name = name, Status = PreflightStatus.Failure, Detail = detail, Advice = advice };
}

/// <summary>How a check ended; ordered from best to worst.</summary>
public enum PreflightStatus
{
    /// <summary>As it should be.</summary>
    Ok = 0,

    /// <summary>It will run, but not as it could, or not all of it.</summary>
    Warning = 1,

    /// <summary>It will not run until something is done.</summary>
    Failure = 2,
}
