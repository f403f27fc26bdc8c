namespace LlamaFp4.Native.TensorRtLlm.Serving;

/// <summary>Asks the started server, in its own protocol, whether it is well.</summary>
internal sealed class ServerHealth : IDisposable
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    private readonly ServerConnection _connection;

    private ServerHealth(ServerConnection connection) => _connection = connection;

    public static async Task<ServerHealth> OpenAsync(Uri endpoint, TrtLlmServerOptions options, CancellationToken cancellationToken) => new(
        await ServerConnectionFactory.OpenAsync(
            ServerAddress.Parse(endpoint, options.Transport),
            new TensorRtLlmOptions { CheckpointDirectory = options.ModelDirectory, ConnectTimeout = AnswerTimeout, ConnectionsPerEndpoint = 1 },
            cancellationToken).ConfigureAwait(false));

    public async Task<Verdict> AskAsync(CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(AnswerTimeout);
        try
        {
            await _connection.CheckHealthAsync(timeout.Token).ConfigureAwait(false);
            return Verdict.Well;
        }
        catch (ServerFailureException)
        {
            return Verdict.Unwell;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Verdict.NoAnswer;
        }
    }

    public void Dispose() => _connection.Dispose();

    internal enum Verdict
    {
        Well,

        /// <summary>It says so itself, or refuses the connection.</summary>
        Unwell,

        /// <summary>It may be too busy.</summary>
        NoAnswer,
    }
}
