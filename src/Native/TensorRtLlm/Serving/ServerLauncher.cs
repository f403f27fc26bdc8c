using System.Globalization;

namespace LlamaFp4.Native.TensorRtLlm.Serving;

/// <summary>Knows how the server of some options is started. Holds the YAML file that it reads.</summary>
internal sealed class ServerLauncher : IDisposable
{
    private readonly DirectoryInfo _directory;
    private readonly string _configurationPath;

    /// <param name="options">Already validated. Read here; later changes have no effect.</param>
    public ServerLauncher(TrtLlmServerOptions options)
    {
        Options = options.Copy();
        _directory = Directory.CreateTempSubdirectory("llamafp4-trtllm-");
        _configurationPath = Path.Combine(_directory.FullName, "trtllm-serve.yaml");
        File.WriteAllText(_configurationPath, ServeArguments.ToYaml(Options));
    }

    public TrtLlmServerOptions Options { get; }

    /// <summary>Starts the server on a port.</summary>
    public ServerProcess Start(int port, Action<string> onLine)
    {
        // Unique for each start: the name of a container that crashed may still be taken.
        var mark = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
        if (Options.DockerImage is null)
        {
            return ServerProcess.Start(UnderWatchdog(LocalCommand.Create(Options, port, _configurationPath), mark), null, Options.StopTimeout, onLine);
        }

        var name = $"llamafp4-{mark}";
        var docker = ServerExecutable.FindDocker();
        var kill = new ServerCommand(docker, ["kill", name], Options.EnvironmentVariables.AsReadOnly());
        return ServerProcess.Start(CreateContainerCommand(docker, port, name, mark), kill, Options.StopTimeout, onLine);
    }

    /// <summary>The command of the next start as a person would type it: without what watches over it.</summary>
    public string Describe(int port) => (Options.DockerImage is null
        ? LocalCommand.Create(Options, port, _configurationPath)
        : ContainerCommand.Create("docker", Options, port, _configurationPath, "llamafp4", command => command)).ToString();

    public void Dispose()
    {
        try
        {
            _directory.Delete(recursive: true);
        }
        catch (IOException)
        {
            // Someone else cleans the temporary directory; a file that stays does no harm.
        }
    }

    private ServerCommand CreateContainerCommand(string docker, int port, string name, string mark) => ContainerCommand.Create(
        docker, Options, port, _configurationPath, name, command => [Watchdog.Shell, .. Watchdog.ArgumentsFor(command, Options.StopTimeout, mark)]);

    private ServerCommand UnderWatchdog(ServerCommand command, string mark) => OperatingSystem.IsWindows()
        ? throw new PlatformNotSupportedException(
            $"TensorRT-LLM runs on Linux. Set {nameof(Options.DockerImage)} to run it in a container, or connect to the endpoint of another machine.")
        : command with
        {
            FileName = Watchdog.Shell,
            Arguments = Watchdog.ArgumentsFor([command.FileName, .. command.Arguments], Options.StopTimeout, mark),
        };
}
