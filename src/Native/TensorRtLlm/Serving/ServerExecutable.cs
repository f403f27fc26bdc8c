using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.TensorRtLlm.Serving;

/// <summary>Finds programs: <c>trtllm-serve</c> where the options say, and others on <c>PATH</c>.</summary>
internal static class ServerExecutable
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <exception cref="SessionUnavailableException">There is none.</exception>
    public static string Find(TrtLlmServerOptions options)
    {
        if (options.ExecutablePath is { } path)
        {
            return RequireExecutable(Path.GetFullPath(path), nameof(options.ExecutablePath));
        }

        if (options.VirtualEnvironment is { } environment)
        {
            return RequireExecutable(Path.Combine(Path.GetFullPath(environment), "bin", "trtllm-serve"), nameof(options.VirtualEnvironment));
        }

        return FindOnPath("trtllm-serve") ?? throw new SessionUnavailableException(
            "trtllm-serve is not on PATH. Install TensorRT-LLM, or set "
            + $"{nameof(options.ExecutablePath)}, {nameof(options.VirtualEnvironment)} or {nameof(options.DockerImage)}.");
    }

    /// <exception cref="SessionUnavailableException">There is none.</exception>
    public static string FindDocker() => FindOnPath("docker") ?? throw new SessionUnavailableException(
        $"{nameof(TrtLlmServerOptions.DockerImage)} is set, but docker is not on PATH. Install it, with the NVIDIA container toolkit.");

    /// <summary>Full path of a program, or <see langword="null"/>.</summary>
    public static string? FindOnPath(string name)
    {
        var fileName = OperatingSystem.IsWindows() ? name + ".exe" : name;
        return (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.GetFullPath(Path.Combine(folder, fileName)))
            .FirstOrDefault(IsExecutable);
    }

    private static string RequireExecutable(string path, string option) => IsExecutable(path)
        ? path
        : throw new SessionUnavailableException($"{option} leads to '{path}', which is not an executable file.");

    private static bool IsExecutable(string path) =>
        File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & AnyExecute) != 0);
}
