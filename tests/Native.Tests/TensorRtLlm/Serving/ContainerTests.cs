using System.Diagnostics;

namespace LlamaFp4.Native.Tests.TensorRtLlm.Serving;

/// <summary>A server in a container, with a shell script in the place of docker.</summary>
public sealed class ContainerTests : IDisposable
{
    // As docker does it: the container is no child of the client, which only passes on its input; it outlives the client and ends with its first process.
    private const string Docker =
        """
        #!/bin/sh
        containers=${0%/*}/containers
        echo "$*" | head -n 1 >> "${0%/*}/calls"
        case $1 in
        run)
          while [ "$1" != an-image ]; do [ "$1" = --name ] && name=$2; shift; done
          shift
          exec 3<&0
          setsid "$@" <&3 &
          exec 3<&- </dev/null
          echo $! > "$containers/$name"
          wait $!
          code=$?
          rm "$containers/$name"
          exit $code ;;
        kill)
          kill -KILL -"$(cat "$containers/$2")" ;;
        esac
        """;

    private readonly Puppeteer _puppeteer = new();
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("container-");

    public ContainerTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Docker is played by a shell script.");
        _root.CreateSubdirectory("containers");
        var docker = Path.Combine(_root.FullName, "docker");
        File.WriteAllText(docker, Docker);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(docker, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string[] Containers => [.. Directory.EnumerateFiles(Path.Combine(_root.FullName, "containers")).Select(file => Path.GetFileName(file))];

    public void Dispose()
    {
        _puppeteer.Dispose();
        _root.Delete(recursive: true);
    }

    [Fact]
    public async Task Stop_EndsTheServerInTheContainer_AndRemovesTheContainer()
    {
        using var owner = StartOwner();
        var server = await StartedAsync(owner);
        Assert.Equal("serve", server.Arguments[0]);
        Assert.StartsWith("llamafp4-", Assert.Single(Containers), StringComparison.Ordinal);

        owner.StandardInput.Close();
        await owner.WaitForExitAsync(Cancellation).WaitAsync(Puppeteer.Patience, Cancellation);

        await server.IsGoneAsync();
        Assert.Equal(0, owner.ExitCode);
        Assert.Empty(Containers);
        Assert.StartsWith("run --rm -i --init --name llamafp4-", Assert.Single(Calls()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_ServerThatIgnoresSigterm_EndsItAndWhatItStarted()
    {
        using var owner = StartOwner();
        var server = await StartedAsync(owner);
        await server.OrderAsync("ignore-sigterm");
        await server.OrderAsync("spawn setsid");
        var escaped = await _puppeteer.NextAsync("worker", Cancellation);

        owner.StandardInput.Close();

        await server.IsGoneAsync();
        await escaped.IsGoneAsync();
        await owner.WaitForExitAsync(Cancellation).WaitAsync(Puppeteer.Patience, Cancellation);
        Assert.Empty(Containers);
    }

    [Fact]
    public async Task Kill_Owner_EndsTheServerInTheContainer()
    {
        using var owner = StartOwner();
        var server = await StartedAsync(owner);

        owner.Kill();

        await server.IsGoneAsync();
    }

    [Fact]
    public async Task ServerThatDies_IsStartedAgainInAContainerOfAnotherName()
    {
        using var owner = StartOwner();
        var server = await StartedAsync(owner);
        var first = Assert.Single(Containers);

        server.Kill();
        var second = await _puppeteer.NextAsync("server", Cancellation);

        Assert.NotEqual(first, Assert.Single(Containers));
        owner.StandardInput.Close();
        await second.IsGoneAsync();
        await owner.WaitForExitAsync(Cancellation).WaitAsync(Puppeteer.Patience, Cancellation);
    }

    private string[] Calls() => File.ReadAllLines(Path.Combine(_root.FullName, "calls"));

    // In a process of its own, whose PATH leads to the script.
    private Process StartOwner()
    {
        var start = new ProcessStartInfo(Puppeteer.Program, ["own", _root.FullName, "an-image"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["PATH"] = string.Join(Path.PathSeparator, _root.FullName, Path.GetDirectoryName(Puppeteer.Program), Environment.GetEnvironmentVariable("PATH"));
        start.Environment["PUPPET_STRINGS"] = _puppeteer.Port;
        return Process.Start(start)!;
    }

    private async Task<Puppet> StartedAsync(Process owner)
    {
        var server = await _puppeteer.NextAsync("server", Cancellation);
        await server.OrderAsync("answer 200");
        Assert.Equal("ready", await owner.StandardOutput.ReadLineAsync(Cancellation));
        return server;
    }
}
