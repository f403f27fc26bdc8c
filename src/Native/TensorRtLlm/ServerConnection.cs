namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>One server, spoken to in one wire format: the only thing a transport has to implement.</summary>
/// <remarks>
/// <para>A transport maps messages, and nothing else. Admission, choice of the server, retries, timeouts, aborts, and reading ahead of the consumer are
/// the session's; checks of what comes back are <see cref="ServerResponse"/>'s.</para>
/// <para>Thread-safe. Every failure comes out as <see cref="ServerFailureException"/>; cancellation as <see cref="OperationCanceledException"/>.</para>
/// </remarks>
internal abstract class ServerConnection(ServerAddress address) : IDisposable
{
    public ServerAddress Address { get; } = address;

    /// <summary>The wire format's name, for messages: <c>SMG</c>, <c>OpenEngine</c>, <c>HTTP</c>.</summary>
    public abstract string Protocol { get; }

    /// <summary>Asks the server what it is and can do.</summary>
    public abstract Task<ServerDescription> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>Asks the server whether it is well; completes if it is.</summary>
    /// <exception cref="ServerFailureException">It is not; the message says what it answered.</exception>
    public abstract Task CheckHealthAsync(CancellationToken cancellationToken);

    /// <summary>Refuses, by name, what this wire format cannot carry or the described server cannot do. Called before anything is sent.</summary>
    /// <exception cref="Sessions.FeatureNotSupportedException">The request holds such a thing.</exception>
    public abstract void Require(ServerRequest request, ServerDescription description);

    /// <summary>Sends a request and appends to the response what comes back, until the stream or the answer has ended.</summary>
    /// <param name="requestId">A fresh id for this attempt.</param>
    /// <param name="request">What to generate.</param>
    /// <param name="response">Takes tokens, and at last <see cref="ServerResponse.Finish"/>. It never blocks: read as fast as the wire delivers, and flush when it has no more.</param>
    /// <param name="cancellationToken">Ends the call at once, on the wire too.</param>
    public abstract Task GenerateAsync(string requestId, ServerRequest request, ServerResponse response, CancellationToken cancellationToken);

    /// <summary>Tells the server to stop a request whose call has been cancelled. Where closing the call is all there is: nothing.</summary>
    public abstract Task AbortAsync(string requestId, CancellationToken cancellationToken);

    public abstract void Dispose();
}
