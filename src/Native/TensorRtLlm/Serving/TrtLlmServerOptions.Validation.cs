namespace LlamaFp4.Native.TensorRtLlm.Serving;

public sealed partial class TrtLlmServerOptions
{
    // More GPUs than any machine that shares memory between them has.
    private const int MaxTensorParallelSize = 64;

    internal void Validate()
    {
        RequireModel();
        Require(
            Transport is TensorRtLlmTransport.Smg or TensorRtLlmTransport.OpenEngine or TensorRtLlmTransport.Http,
            Transport,
            nameof(Transport),
            "Smg, OpenEngine or Http");
        RequireDefined(KvCacheType, nameof(KvCacheType));
        RequireDefined(GuidedDecoding, nameof(GuidedDecoding));
        RequireOneLauncher();
        RequireGpus();
        RequireInRange(MaxSequenceLength, 2, int.MaxValue, nameof(MaxSequenceLength));
        RequireInRange(MaxTokensPerStep, 1, int.MaxValue, nameof(MaxTokensPerStep));
        RequireInRange(MaxBatchSize, 1, 4096, nameof(MaxBatchSize));
        RequireInRange(StreamInterval, 1, int.MaxValue, nameof(StreamInterval));
        RequireInRange(Port ?? 1, 1, ushort.MaxValue, nameof(Port));
        Require(FreeGpuMemoryFraction is > 0 and < 1, FreeGpuMemoryFraction, nameof(FreeGpuMemoryFraction), "greater than 0 and less than 1");
        RequireTimes();
        RequireTexts();
        ArgumentNullException.ThrowIfNull(TimeProvider);
    }

    private void RequireModel()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(ModelDirectory);
        if (!Directory.Exists(ModelDirectory))
        {
            throw new ArgumentException(
                $"There is no directory '{Path.GetFullPath(ModelDirectory)}'; expected the directory of an NVFP4 checkpoint.", nameof(ModelDirectory));
        }
    }

    private void RequireOneLauncher()
    {
        var given = new[] { (ExecutablePath, nameof(ExecutablePath)), (VirtualEnvironment, nameof(VirtualEnvironment)), (DockerImage, nameof(DockerImage)) }
            .Where(launcher => launcher.Item1 is not null)
            .ToArray();
        foreach (var (value, name) in given)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(value, name);
        }

        if (given.Length > 1)
        {
            throw new ArgumentException($"Both {given[0].Item2} and {given[1].Item2} are set; expected at most one of them.", given[1].Item2);
        }

        // Docker would read it as one of its own options.
        if (DockerImage is ['-', ..])
        {
            throw new ArgumentException($"'{DockerImage}' is not the name of an image.", nameof(DockerImage));
        }
    }

    private void RequireGpus()
    {
        ArgumentNullException.ThrowIfNull(Gpus);
        RequireInRange(EffectiveTensorParallelSize, 1, MaxTensorParallelSize, nameof(TensorParallelSize));
        foreach (var gpu in Gpus)
        {
            RequireInRange(gpu, 0, 1023, nameof(Gpus));
        }

        if (Gpus.Distinct().Count() != Gpus.Count)
        {
            throw new ArgumentException($"{nameof(Gpus)} names a GPU twice: {string.Join(", ", Gpus)}.", nameof(Gpus));
        }

        if (Gpus.Count > 0 && Gpus.Count < EffectiveTensorParallelSize)
        {
            throw new ArgumentException(
                $"{nameof(Gpus)} names {Gpus.Count} GPUs, but {nameof(TensorParallelSize)} is {EffectiveTensorParallelSize}; expected at least as many.", nameof(Gpus));
        }
    }

    private void RequireTimes()
    {
        Require(StartTimeout > TimeSpan.Zero, StartTimeout, nameof(StartTimeout), "greater than zero");
        Require(StopTimeout >= TimeSpan.Zero && StopTimeout <= TimeSpan.FromHours(1), StopTimeout, nameof(StopTimeout), "zero to one hour");
        Require(RestartDelay > TimeSpan.Zero, RestartDelay, nameof(RestartDelay), "greater than zero");
        Require(MaxRestartDelay >= RestartDelay, MaxRestartDelay, nameof(MaxRestartDelay), $"at least {nameof(RestartDelay)}, {RestartDelay}");
        Require(StableTime >= TimeSpan.Zero, StableTime, nameof(StableTime), "zero or more");
    }

    private void RequireTexts()
    {
        ArgumentNullException.ThrowIfNull(ExtraArguments);
        ArgumentNullException.ThrowIfNull(EnvironmentVariables);
        foreach (var argument in ExtraArguments)
        {
            RequireNoNul(argument, nameof(ExtraArguments));
        }

        foreach (var (name, value) in EnvironmentVariables)
        {
            RequireNoNul(value, nameof(EnvironmentVariables));
            if (name.Length == 0 || name.AsSpan().ContainsAny('=', '\0'))
            {
                throw new ArgumentException($"'{name}' cannot be the name of an environment variable.", nameof(EnvironmentVariables));
            }
        }
    }

    // The operating system ends arguments and variables at the first NUL, so the rest would be lost in silence.
    private static void RequireNoNul(string? text, string name)
    {
        if (text is null || text.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("A text is null or holds a NUL character.", name);
        }
    }

    private static void RequireInRange(int value, int least, int most, string name) =>
        Require(value >= least && value <= most, value, name, most == int.MaxValue ? $"{least} or more" : $"from {least} to {most}");

    private static void RequireDefined<T>(T value, string name)
        where T : struct, Enum =>
        Require(Enum.IsDefined(value), value, name, $"one of {string.Join(", ", Enum.GetNames<T>())}");

    private static void Require(bool valid, object value, string name, string expected)
    {
        if (!valid)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {expected}.");
        }
    }
}
