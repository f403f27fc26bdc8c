using System.Globalization;

namespace LlamaFp4.Native.TensorRtLlm.Serving;

/// <summary><c>trtllm-serve</c> in a container, by <c>docker run</c>.</summary>
internal static class ContainerCommand
{
    private const string NoUsageStats = "TRTLLM_NO_USAGE_STATS";

    /// <param name="docker">Full path of <c>docker</c>.</param>
    /// <param name="options">What to serve, and in which image.</param>
    /// <param name="port">Port to publish on the host's loopback interface.</param>
    /// <param name="configurationPath">Full path of the YAML file.</param>
    /// <param name="name">Name of the container, by which it is stopped.</param>
    /// <param name="watch">Wraps the program that runs in the container.</param>
    public static ServerCommand Create(
        string docker, TrtLlmServerOptions options, int port, string configurationPath, string name, Func<IReadOnlyList<string>, IReadOnlyList<string>> watch)
    {
        var portText = port.ToString(CultureInfo.InvariantCulture);
        var modelRoot = CheckpointMount.RootOf(options.ModelDirectory);
        string[] arguments =
        [
            // -i: the container's standard input ends with this process, and the watchdog inside sees it. --init: its orphans are reaped.
            "run", "--rm", "-i", "--init", "--name", name,
            "--gpus", ToGpus(options.Gpus),

            // Tensor parallelism shares memory between processes; docker's own 64 MB of it make the server hang.
            "--ipc=host", "--ulimit", "memlock=-1", "--ulimit", "stack=67108864",
            "-p", $"127.0.0.1:{portText}:{portText}",
            "--mount", ToMount(modelRoot),
            "--mount", ToMount(configurationPath),
            .. options.EnvironmentVariables.ContainsKey(NoUsageStats) ? (string[])[] : ["-e", $"{NoUsageStats}=1"],
            .. options.EnvironmentVariables.Keys.SelectMany(variable => new[] { "-e", variable }),
            options.DockerImage!,
            .. watch(["trtllm-serve", .. ServeArguments.Create(options, "0.0.0.0", port, configurationPath)]),
        ];

        // "-e NAME" takes the value from docker's own environment: whoever lists processes sees no secrets.
        return new ServerCommand(docker, arguments, options.EnvironmentVariables.AsReadOnly());
    }

    // Docker reads the value as one line of CSV, so a list of devices must stand in quotes.
    private static string ToGpus(IList<int> gpus) => gpus.Count == 0 ? "all" : ToCsvField($"device={string.Join(',', gpus)}");

    // The same path inside and outside, so that the server's arguments are the same too.
    private static string ToMount(string path) =>
        string.Join(',', "type=bind", ToCsvField($"source={path}"), ToCsvField($"target={path}"), "readonly");

    private static string ToCsvField(string text) => text.AsSpan().ContainsAny(",\"\n\r")
        ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : text;
}
