using System.Globalization;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.Native.TensorRtLlm.Serving;

internal sealed partial class ServerSupervisor
{
    // "… [MemUsageChange] Allocated 0.56 GiB for max tokens in paged KV cache (8224)."
    private const string CacheSize = "max tokens in paged KV cache (";

    private void WarnOfSmallCache(string line)
    {
        var start = line.IndexOf(CacheSize, StringComparison.Ordinal);
        if (start < 0)
        {
            return;
        }

        var rest = line.AsSpan(start + CacheSize.Length);
        var end = rest.IndexOf(')');
        if (end > 0 && long.TryParse(rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var tokens) && tokens < _options.MaxSequenceLength)
        {
            LogSmallCache(tokens, _options.MaxSequenceLength);
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Starting: {Command}")]
    private partial void LogStarting(string command);

    [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "trtllm-serve answers on {Endpoint}, process {ProcessId}.")]
    private partial void LogReady(Uri endpoint, int processId);

    [LoggerMessage(EventId = 3, Level = LogLevel.Debug, Message = "{Line}")]
    private partial void LogOutput(string line);

    [LoggerMessage(EventId = 4, Level = LogLevel.Warning, Message = "Port {Port} was taken by another process; trying another one.")]
    private partial void LogPortTaken(int port);

    [LoggerMessage(EventId = 5, Level = LogLevel.Error, Message = "trtllm-serve crashed with exit code {ExitCode}. Its last lines:\n{Output}")]
    private partial void LogCrashed(int exitCode, string output);

    [LoggerMessage(EventId = 6, Level = LogLevel.Warning, Message = "Starting trtllm-serve again in {Delay}.")]
    private partial void LogRestarting(TimeSpan delay);

    [LoggerMessage(EventId = 7, Level = LogLevel.Error, Message = "trtllm-serve did not come back.")]
    private partial void LogRestartFailed(Exception failure);

    [LoggerMessage(EventId = 8, Level = LogLevel.Information, Message = "trtllm-serve on {Endpoint} has been stopped.")]
    private partial void LogStopped(Uri endpoint);

    [LoggerMessage(EventId = 10, Level = LogLevel.Error, Message = "trtllm-serve has said {Count} times in a row that it is unwell; it is ended and started again.")]
    private partial void LogUnwell(int count);

    [LoggerMessage(
        EventId = 9,
        Level = LogLevel.Warning,
        Message = "The KV cache holds {CacheTokens} tokens, fewer than the {MaxSequenceLength} that one request may have. Long requests will fail: use more GPUs or a shorter MaxSequenceLength.")]
    private partial void LogSmallCache(long cacheTokens, int maxSequenceLength);
}
