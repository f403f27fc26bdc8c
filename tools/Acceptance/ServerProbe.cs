using System.Diagnostics;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm;

namespace LlamaFp4.Acceptance;

/// <summary>Speaks to a server below the session, which would refuse or never send what the server's reaction to is to be seen.</summary>
internal sealed class ServerProbe : IDisposable
{
    private readonly ServerConnection _connection;
    private readonly ServedCheckpoint _checkpoint;

    private ServerProbe(ServerConnection connection, TensorRtLlmOptions options, ServedCheckpoint checkpoint, ServerDescription description)
    {
        Options = options;
        _connection = connection;
        _checkpoint = checkpoint;
        Description = description;
    }

    public ServerDescription Description { get; }

    public TensorRtLlmOptions Options { get; }

    public ServerAddress Address => _connection.Address;

    public string Protocol => _connection.Protocol;

    public static async Task<ServerProbe> OpenAsync(TensorRtLlmOptions options, CancellationToken cancellationToken)
    {
        var checkpoint = ServedCheckpoint.Load(options.CheckpointDirectory);
        var connection = await ServerConnectionFactory.OpenAsync(ServerAddress.Parse(options.Endpoints[0], options.Transport), options, cancellationToken);
        return new ServerProbe(connection, options, checkpoint, await connection.DescribeAsync(cancellationToken));
    }

    /// <summary>Generates without any of the session's checks of lengths.</summary>
    /// <param name="requestId">The id to send, where the wire has one.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="maxNewTokens">How many tokens to ask for.</param>
    /// <param name="progressed">Called with each message that brings tokens.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<ServerReaction> GenerateAsync(string requestId, int[] prompt, int maxNewTokens, Action? progressed, CancellationToken cancellationToken)
    {
        var request = ToRequest(prompt, maxNewTokens);
        var response = new ServerResponse(request, new ResponseStream(request), progressed);
        var clock = Stopwatch.StartNew();
        try
        {
            await _connection.GenerateAsync(requestId, request, response, cancellationToken);
            response.RequireFinished();
            return new ServerReaction(response.Received, null, clock.Elapsed);
        }
        catch (ServerFailureException failure)
        {
            return new ServerReaction(response.Received, failure, clock.Elapsed);
        }
    }

    /// <summary>A greedy request in the terms of the wires, of any length.</summary>
    public ServerRequest ToRequest(int[] prompt, int maxNewTokens) => new(Answers.Greedy(prompt, maxNewTokens), Unlimited(), _checkpoint.Config);

    public Task AbortAsync(string requestId, CancellationToken cancellationToken) => _connection.AbortAsync(requestId, cancellationToken);

    public void Dispose() => _connection.Dispose();

    private ModelInfo Unlimited() => new()
    {
        ModelId = _checkpoint.Describe(Description).ModelId,
        VocabularySize = _checkpoint.Config.VocabularySize,
        ContextLength = int.MaxValue,
        StopTokenIds = _checkpoint.Config.EndOfSequenceTokenIds,
        EngineName = Description.EngineName,
        EngineVersion = Description.EngineVersion,
        Device = "",
    };
}

/// <summary>How a server took a request.</summary>
/// <param name="Tokens">How many tokens came.</param>
/// <param name="Failure">What it said instead of, or after, them; null if it finished.</param>
/// <param name="Elapsed">How long it took.</param>
internal sealed record ServerReaction(int Tokens, ServerFailureException? Failure, TimeSpan Elapsed)
{
    public override string ToString() => Failure is null
        ? $"finished with {Tokens} tokens"
        : $"{Failure.Message.TrimEnd('.')} (taken as {Failure.Kind}, after {Tokens} tokens)";
}
