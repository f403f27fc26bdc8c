using System.ComponentModel;
using System.Diagnostics;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.TensorRtLlm.Serving;

/// <summary>One run of the server: a child process whose output is read from the first byte and whose whole tree ends with it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    // Beyond the grace that the watchdog itself gives: it then needs a moment to find and kill what is left.
    private static readonly TimeSpan KillAllowance = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly ServerCommand? _forcedStop;
    private readonly TimeSpan _stopTimeout;
    private readonly Task _output;
    private readonly Lazy<Task> _end;

    private ServerProcess(Process process, ServerCommand? forcedStop, TimeSpan stopTimeout, Action<string> onLine)
    {
        _process = process;
        _forcedStop = forcedStop;
        _stopTimeout = stopTimeout;
        Id = process.Id;
        _output = Task.WhenAll(
            OutputLines.ReadAsync(process.StandardOutput.BaseStream, onLine),
            OutputLines.ReadAsync(process.StandardError.BaseStream, onLine));
        Exited = WaitForExitAsync(process);
        _end = new Lazy<Task>(EndAsync);
    }

    public int Id { get; }

    /// <summary>The exit code, once the server itself is gone; what it started may still be there.</summary>
    public Task<int> Exited { get; }

    /// <param name="command">What to run. Its standard input ends when the owner stops it or dies.</param>
    /// <param name="forcedStop">Run if closing the input does not end everything; <see langword="null"/>: only kill the process tree.</param>
    /// <param name="stopTimeout">Time the server has to end by itself.</param>
    /// <param name="onLine">Called for each line of output, from two threads.</param>
    /// <exception cref="SessionUnavailableException">The operating system cannot start it.</exception>
    public static ServerProcess Start(ServerCommand command, ServerCommand? forcedStop, TimeSpan stopTimeout, Action<string> onLine)
    {
        try
        {
            var process = Process.Start(ToStartInfo(command)) ?? throw new InvalidOperationException("No process was started.");
            return new ServerProcess(process, forcedStop, stopTimeout, onLine);
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException)
        {
            throw new SessionUnavailableException($"'{command.FileName}' could not be started: {exception.Message}", exception);
        }
    }

    /// <summary>Asks the server to end, and returns when nothing of it is left.</summary>
    public ValueTask DisposeAsync() => new(_end.Value);

    private async Task EndAsync()
    {
        _process.StandardInput.Close();
        if (!await EndsWithinAsync(_stopTimeout + KillAllowance).ConfigureAwait(false))
        {
            await ForceAsync().ConfigureAwait(false);
            await EndsWithinAsync(KillAllowance).ConfigureAwait(false);
        }

        _process.Dispose();
    }

    private static ProcessStartInfo ToStartInfo(ServerCommand command)
    {
        var start = new ProcessStartInfo(command.FileName, command.Arguments)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private static async Task<int> WaitForExitAsync(Process process)
    {
        await process.WaitForExitAsync().ConfigureAwait(false);
        return process.ExitCode;
    }

    // The end of its output says that the server, what it started and the watchdog are gone.
    private async Task<bool> EndsWithinAsync(TimeSpan time)
    {
        var ended = Task.WhenAll(Exited, _output);
        return await Task.WhenAny(ended, Task.Delay(time)).ConfigureAwait(false) == ended;
    }

    private async Task ForceAsync()
    {
        if (_forcedStop is not null)
        {
            var start = ToStartInfo(_forcedStop);
            (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (false, false, false);
            using var force = Process.Start(start);
            await (force?.WaitForExitAsync() ?? Task.CompletedTask).WaitAsync(KillAllowance).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended meanwhile.
        }
    }
}
