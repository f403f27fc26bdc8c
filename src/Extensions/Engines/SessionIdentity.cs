using System.Globalization;
using System.Net.Security;

namespace LlamaFp4.Extensions.Engines;

/// <summary>What makes one session: registrations of equal identity share it.</summary>
/// <remarks>What only a client needs, such as its sampling defaults, is not part of it.</remarks>
/// <param name="Settings">Every setting of the engines, in one text.</param>
/// <param name="ConfigureTls">The setting that has no text.</param>
internal readonly record struct SessionIdentity(string Settings, Action<SslClientAuthenticationOptions>? ConfigureTls)
{
    public static SessionIdentity Of(LlamaFp4Options options)
    {
        var (connection, server) = (options.Connection, options.Server);
        object?[] settings =
        [
            options.Engine, ConfiguredModel.DirectoryOf(options), options.ContextLength, options.MaxConcurrentRequests, options.MaxQueuedRequests,
            options.Numerics, options.ThreadCount, options.PinThreads, options.KvCacheTokens, options.KvCacheType,
            Join(options.Endpoints), options.Endpoints.Count > 0 ? options.ModelId : null,
            connection.Transport, connection.BearerToken, connection.ConnectTimeout, connection.StartUpTimeout, connection.FirstTokenTimeout,
            connection.IdleTimeout, connection.RequestTimeout, connection.HealthInterval, connection.VerifyGuides, connection.ConnectionsPerEndpoint,
            connection.MaxMessageSize, connection.KeepAliveInterval,
            server.ExecutablePath, server.VirtualEnvironment, server.DockerImage, Join(server.Gpus), server.TensorParallelSize, server.KvCacheType,
            server.MaxTokensPerStep, server.MaxBatchSize, server.FreeGpuMemoryFraction, server.PrefixCache, server.ChunkedPrefill, server.GuidedDecoding,
            server.StreamInterval, server.Port, Join(server.ExtraArguments), Join(server.EnvironmentVariables), server.StartTimeout, server.StopTimeout,
            server.RestartDelay,
        ];
        return new SessionIdentity(Join(settings), connection.ConfigureTls);
    }

    private static string Join<T>(IEnumerable<T> values) =>
        string.Join('\n', values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture)));
}
