using System.Numerics;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.TensorRtLlm.Serving;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.Extensions.Engines;

/// <summary>Connects to TensorRT-LLM, and starts it before if it is to run on this machine.</summary>
internal static class RemoteEngine
{
    /// <summary>Connects to configured endpoints.</summary>
    public static async Task<OpenedSession> ConnectAsync(
        LlamaFp4Options options, IProgress<LoadProgress> progress, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        progress.Report(new LoadProgress(0, $"Connecting to {string.Join(", ", options.Endpoints)}"));
        return new OpenedSession(await ConnectAsync(options, options.Endpoints, options.ContextLength, loggers, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Starts a server here and connects to it.</summary>
    public static async Task<OpenedSession> StartAsync(
        LlamaFp4Options options, int gpus, IProgress<LoadProgress> progress, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var serverOptions = ToServerOptions(options, gpus);
        var server = await TrtLlmServer.StartAsync(serverOptions, progress, loggers, cancellationToken).ConfigureAwait(false);
        try
        {
            return new OpenedSession(await ConnectAsync(options, [server.Endpoint], serverOptions.MaxSequenceLength, loggers, cancellationToken).ConfigureAwait(false), server);
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static Task<TensorRtLlmSession> ConnectAsync(
        LlamaFp4Options options, IEnumerable<Uri> endpoints, int? contextLength, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var connection = options.Connection;
        TensorRtLlmOptions session = new()
        {
            CheckpointDirectory = ConfiguredModel.DirectoryOf(options)!,
            ModelId = options.Endpoints.Count > 0 ? options.ModelId : null, // a server started here is shared by clients of other ids
            ContextLength = contextLength,
            Transport = connection.Transport,
            BearerToken = connection.BearerToken,
            ConfigureTls = connection.ConfigureTls,
            ConnectTimeout = connection.ConnectTimeout,
            StartUpTimeout = connection.StartUpTimeout,
            FirstTokenTimeout = connection.FirstTokenTimeout,
            IdleTimeout = connection.IdleTimeout,
            RequestTimeout = connection.RequestTimeout,
            HealthInterval = connection.HealthInterval,
            VerifyGuides = connection.VerifyGuides,
            MaxConcurrentRequests = options.MaxConcurrentRequests,
            MaxQueuedRequests = options.MaxQueuedRequests,
            ConnectionsPerEndpoint = connection.ConnectionsPerEndpoint,
            MaxMessageSize = connection.MaxMessageSize,
            KeepAliveInterval = connection.KeepAliveInterval,
            LoggerFactory = loggers,
        };
        foreach (var endpoint in endpoints)
        {
            session.Endpoints.Add(endpoint);
        }

        return TensorRtLlmSession.ConnectAsync(session, cancellationToken);
    }

    private static TrtLlmServerOptions ToServerOptions(LlamaFp4Options options, int gpus)
    {
        var server = options.Server;
        TrtLlmServerOptions process = new()
        {
            ModelDirectory = ConfiguredModel.DirectoryOf(options)!,
            ExecutablePath = server.ExecutablePath,
            VirtualEnvironment = server.VirtualEnvironment,
            DockerImage = server.DockerImage,
            Gpus = [.. server.Gpus],
            TensorParallelSize = server.TensorParallelSize ?? (server.Gpus.Count > 0 || gpus == 0 ? null : ParallelSizeOf(gpus)),
            KvCacheType = server.KvCacheType,
            MaxTokensPerStep = server.MaxTokensPerStep,
            MaxBatchSize = server.MaxBatchSize,
            FreeGpuMemoryFraction = (double)(decimal)server.FreeGpuMemoryFraction, // 0.9 as 0.9, and not as the nearest float
            PrefixCache = server.PrefixCache,
            ChunkedPrefill = server.ChunkedPrefill,
            GuidedDecoding = server.GuidedDecoding,
            StreamInterval = server.StreamInterval,
            Port = server.Port,
            ExtraArguments = [.. server.ExtraArguments],
            EnvironmentVariables = new Dictionary<string, string>(server.EnvironmentVariables, StringComparer.Ordinal),
            StartTimeout = server.StartTimeout,
            StopTimeout = server.StopTimeout,
            RestartDelay = server.RestartDelay,
        };
        process.MaxRestartDelay = server.RestartDelay > process.MaxRestartDelay ? server.RestartDelay : process.MaxRestartDelay;
        process.MaxSequenceLength = options.ContextLength ?? process.MaxSequenceLength;
        process.Transport = options.Connection.Transport == TensorRtLlmTransport.Auto ? process.Transport : options.Connection.Transport;
        return process;
    }

    // The heads of a layer are shared out evenly, and their number is a power of two.
    private static int ParallelSizeOf(int gpus) => int.Min(8, 1 << BitOperations.Log2((uint)gpus));
}
