using System.Diagnostics.CodeAnalysis;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Telemetry;

namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>One request on its way: waits for a place, is sent, is sent again where that cannot be noticed, and is aborted when it is left.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Ends by itself; a source without timer holds nothing, and may be cancelled after the end.")]
internal sealed class RunningRequest
{
    // A second one for a connection that had died unnoticed, a third for a server that dies meanwhile.
    private const int MaxAttempts = 3;

    private readonly ServerPool _servers;
    private readonly ServerRequest _request;
    private readonly ResponseStream _stream;
    private readonly ServerResponse _response;
    private readonly RequestTimeline _timeline;
    private readonly CancellationTokenSource _stop = new();
    private RequestWatch? _watch;
    private Server? _server;

    public RunningRequest(ServerPool servers, ServerRequest request, ResponseStream stream)
    {
        _servers = servers;
        _request = request;
        _stream = stream;
        _timeline = new RequestTimeline(servers.Telemetry);
        _response = new ServerResponse(request, stream, () => _watch?.Progressed(), _timeline);
    }

    /// <exception cref="ObjectDisposedException">The session has been disposed.</exception>
    public void Start()
    {
        _servers.Enter(this);
        _timeline.Submitted();
        _watch = new RequestWatch(_servers.Options, Expire);
        _ = RunAsync();
    }

    /// <summary>Ends the request here and on the server. Harmless when it is over.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>The session is being disposed.</summary>
    public void EndWithSession()
    {
        Fail(new ObjectDisposedException(typeof(TensorRtLlmSession).FullName));
        Stop();
    }

    private async Task RunAsync()
    {
        _timeline.MakeCurrent();
        try
        {
            await GenerateAsync().ConfigureAwait(false);
        }
        catch (ServerFailureException failure)
        {
            Fail(failure.ToPublic(_server!.Name, _response.Received));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Whoever stopped it has told the consumer why.
            _timeline.Left(_request.PromptTokenIds.Length, _response.Received);
        }
        catch (Exception exception)
        {
            Fail(exception is LlamaFp4Exception or ObjectDisposedException
                ? exception
                : new GenerationFailedException($"The request failed in an unexpected way: {exception.Message}", exception));
        }
        finally
        {
            _watch!.Dispose();
            _servers.Leave(this);
        }
    }

    private async Task GenerateAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            _server = await _servers.AcquireAsync(_server, _stop.Token).ConfigureAwait(false);
            _timeline.Started(_request.PromptTokenIds.Length, cachedTokens: null);
            try
            {
                await SendAsync(_server).ConfigureAwait(false);
                return;
            }
            catch (ServerFailureException failure) when (attempt < MaxAttempts && !_response.HasBegun && MayBeSentAgain(failure, _server))
            {
                _server.Telemetry.SentAgain();
                _servers.Log.RequestSentAgain(_server.Name, failure.Message);
            }
            finally
            {
                _servers.Release(_server);
            }
        }
    }

    private async Task SendAsync(Server server)
    {
        // Servers replace a running request of the same id in silence, so each attempt has its own.
        var requestId = Guid.NewGuid().ToString("N");
        _watch!.Sent();
        try
        {
            await server.Connection.GenerateAsync(requestId, _request, _response, _stop.Token).ConfigureAwait(false);
            _response.RequireFinished();
            if (_response.IsEndedHere)
            {
                server.Abort(requestId);
            }
        }
        catch (OperationCanceledException)
        {
            server.Abort(requestId);
            throw;
        }
        catch (ServerFailureException failure)
        {
            server.Telemetry.Failed(failure.KindName);
            if (failure.Kind == ServerFailureKind.Protocol)
            {
                server.Abort(requestId);
            }
            else if (failure.Kind == ServerFailureKind.Unavailable)
            {
                _servers.Suspect(server, failure);
            }

            throw;
        }
    }

    // An overloaded server is not asked again at once; another one is.
    private bool MayBeSentAgain(ServerFailureException failure, Server server) =>
        failure.IsRetryable && (failure.Kind == ServerFailureKind.Unavailable || _servers.HasOtherThan(server));

    // Told before the consumer wakes up, who may then read the meter.
    private void Fail(Exception failure)
    {
        _timeline.Failed(failure, _request.PromptTokenIds.Length, _response.Received);
        _stream.Fail(failure);
    }

    private void Expire(string what)
    {
        var server = _server is { } chosen ? $"The {chosen.Name}" : "No server had a place; the request";
        Fail(new GenerationFailedException($"{server} gave {what}; {_response.Received} tokens had come.", new TimeoutException()));
        Stop();
    }
}
