using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>A model run by TensorRT-LLM: one or more <c>trtllm-serve</c> processes, reached over gRPC or HTTP.</summary>
/// <remarks>
/// <para>Prompts go out and answers come back as token ids; servers never see text. Each request goes to the healthy server with the fewest of them.
/// A request that fails before its first token is sent again where that is safe; afterwards it fails with <see cref="GenerationFailedException"/>,
/// while others go on. A server that was lost is used again when it is back.</para>
/// <para>What the wire format or a server cannot do is not among <see cref="ModelInfo.Features"/> and is refused at the call. A log probability that a
/// server leaves out is <see cref="float.NaN"/>.</para>
/// <para>A consumer may be slow: answers are read ahead into memory, at most a request's limit of new tokens.</para>
/// </remarks>
public sealed class TensorRtLlmSession : ITokenSession
{
    private readonly ServerPool _servers;
    private readonly LlamaConfig _config;
    private int _isDisposed;

    private TensorRtLlmSession(ServerPool servers, ModelInfo model)
    {
        _servers = servers;
        _config = servers.Checkpoint.Config;
        Tokenizer = servers.Checkpoint.Tokenizer;
        Model = model;
    }

    /// <inheritdoc/>
    public ModelInfo Model { get; }

    /// <inheritdoc/>
    public LlamaTokenizer Tokenizer { get; }

    /// <inheritdoc/>
    public SessionHealth Health => _servers.Health;

    /// <summary>Connects to the servers, checks that they run the checkpoint, and has each generate one token.</summary>
    /// <param name="options">Servers, checkpoint and limits. Read completely before the call returns.</param>
    /// <param name="cancellationToken">Gives up connecting.</param>
    /// <returns>The session, as soon as one server can be used and every other one has been tried once. Further ones join when they are there.</returns>
    /// <exception cref="ArgumentException">An option is missing or out of its range.</exception>
    /// <exception cref="CheckpointException">The checkpoint directory cannot be used, or a server runs another model; the message names both.</exception>
    /// <exception cref="SessionUnavailableException">No server could be used within <see cref="TensorRtLlmOptions.StartUpTimeout"/>; the message says what each answered.</exception>
    public static Task<TensorRtLlmSession> ConnectAsync(TensorRtLlmOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var copy = options.Copy();
        ServerAddress[] addresses = [.. copy.Endpoints.Select(endpoint => ServerAddress.Parse(endpoint, copy.Transport))];
        return ConnectAsync(copy, addresses, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<TokenDelta> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);
        ArgumentNullException.ThrowIfNull(request);
        RequestedFeatures.Require(request, Model);
        var checkedRequest = new ServerRequest(request, Model, _config);
        _servers.Require(checkedRequest);
        cancellationToken.ThrowIfCancellationRequested();
        return new ResponseSequence(_servers, checkedRequest, cancellationToken);
    }

    /// <summary>Ends running requests with <see cref="ObjectDisposedException"/>, on the servers too, and closes the connections.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _servers.Dispose();
        }
    }

    private static async Task<TensorRtLlmSession> ConnectAsync(TensorRtLlmOptions options, ServerAddress[] addresses, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var checkpoint = await Task.Run(() => ServedCheckpoint.Load(options.CheckpointDirectory), cancellationToken).ConfigureAwait(false);
        var servers = new ServerPool(addresses, options, checkpoint);
        try
        {
            return new TensorRtLlmSession(servers, await servers.StartAsync(cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            servers.Dispose();
            throw;
        }
    }
}
