using System.Globalization;

namespace LlamaFp4.Native.TensorRtLlm.Serving;

/// <summary><c>trtllm-serve</c> as a process of this machine.</summary>
internal static class LocalCommand
{
    private const string Host = "127.0.0.1";

    public static ServerCommand Create(TrtLlmServerOptions options, int port, string configurationPath) => new(
        ServerExecutable.Find(options),
        ServeArguments.Create(options, Host, port, configurationPath),
        CreateEnvironment(options));

    private static Dictionary<string, string> CreateEnvironment(TrtLlmServerOptions options)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["TRTLLM_NO_USAGE_STATS"] = "1" };
        if (options.Gpus.Count > 0)
        {
            environment["CUDA_VISIBLE_DEVICES"] = string.Join(',', options.Gpus.Select(gpu => gpu.ToString(CultureInfo.InvariantCulture)));
        }

        if (options.VirtualEnvironment is { } directory)
        {
            var root = Path.GetFullPath(directory);
            environment["VIRTUAL_ENV"] = root;
            environment["PATH"] = string.Join(Path.PathSeparator, Path.Combine(root, "bin"), Environment.GetEnvironmentVariable("PATH"));
        }

        foreach (var (name, value) in options.EnvironmentVariables)
        {
            environment[name] = value;
        }

        return environment;
    }
}
