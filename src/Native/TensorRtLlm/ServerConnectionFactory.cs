namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>Opens the connection that fits an address, and finds out which that is where the address leaves it open.</summary>
internal static class ServerConnectionFactory
{
    /// <exception cref="ServerFailureException">The server speaks nothing known, or cannot be reached to find out.</exception>
    public static async Task<ServerConnection> OpenAsync(ServerAddress address, TensorRtLlmOptions options, CancellationToken cancellationToken)
    {
        if (address.Transport != TensorRtLlmTransport.Auto)
        {
            return Create(address, options);
        }

        var answers = new List<string>();
        foreach (var transport in (TensorRtLlmTransport[])[TensorRtLlmTransport.OpenEngine, TensorRtLlmTransport.Smg, TensorRtLlmTransport.Http])
        {
            var connection = Create(address with { Transport = transport }, options);
            try
            {
                await connection.DescribeAsync(cancellationToken).ConfigureAwait(false);
                return connection;
            }
            catch (ServerFailureException failure) when (failure is { Kind: ServerFailureKind.Unavailable, IsRefused: false } or { Kind: not ServerFailureKind.Unavailable and not ServerFailureKind.Denied })
            {
                // Whoever speaks only HTTP/1.1 breaks the connection off.
                answers.Add($"to {connection.Protocol} it {failure.Message}");
                connection.Dispose();
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        }

        throw new ServerFailureException(ServerFailureKind.NotSupported, $"speaks none of the known protocols: {string.Join("; ", answers)}");
    }

    private static ServerConnection Create(ServerAddress address, TensorRtLlmOptions options) => address.Transport switch
    {
        TensorRtLlmTransport.Smg => new Smg.SmgConnection(address, options),
        TensorRtLlmTransport.OpenEngine => new OpenEngine.OpenEngineConnection(address, options),
        TensorRtLlmTransport.Http => new Http.HttpConnection(address, options),
        _ => throw new ServerFailureException(ServerFailureKind.NotSupported, $"is to be spoken to in {address.Transport}, which this version cannot"),
    };
}
