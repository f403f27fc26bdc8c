using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tests.Conformance;
using LlamaFp4.StandIns;

namespace LlamaFp4.Native.Tests.TensorRtLlm;

/// <summary>A request that is left is stopped on the server, whichever way it is left.</summary>
public sealed class AbortTests
{
    public static MatrixTheoryData<StandInProtocol, int> StopTokens => new(Wires.Protocols, [1, 3, 6]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task Cancelled_TheServerStops(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var (server, request, answer, source) = await BeginAsync(model);

        await source.CancelAsync();

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await answer.MoveNextAsync());
        Assert.Equal(source.Token, exception.CancellationToken);
        await RequireStoppedAsync(server, request);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task EnumerationLeft_TheServerStops(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var (server, request, answer, _) = await BeginAsync(model);

        await answer.DisposeAsync();

        await RequireStoppedAsync(server, request);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task SessionDisposed_TheServerStops(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync(HeldAfter(2));
        var session = await model.ConnectAsync(server);
        await server.NextRequestAsync(Cancellation);
        await using var answer = session.GenerateAsync(ServedModel.Tokens(9), Cancellation).GetAsyncEnumerator(Cancellation);
        await answer.MoveNextAsync();

        session.Dispose();

        await RequireStoppedAsync(server, await server.NextRequestAsync(Cancellation));
    }

    [Theory]
    [MemberData(nameof(StopTokens))]
    public async Task StopTokenThatTheServerDoesNotHeed_EndsTheAnswerAndTheServerStops(StandInProtocol wire, int tokensPerMessage)
    {
        await using var model = new ServedModel(wire);
        var behaviour = HeldAfter(6);
        behaviour.TokensPerMessage = tokensPerMessage;
        var server = await model.ServeAsync(behaviour);
        var session = await model.ConnectAsync(server);
        await server.NextRequestAsync(Cancellation);
        var request = new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 9, StopTokenIds = [13] };

        var answer = await Collected.FromAsync(session.GenerateAsync(request, Cancellation), Cancellation);

        Assert.Equal([10, 11, 12], answer.TokenIds);
        Assert.Equal((FinishReason.Stop, 13), (answer.Last.FinishReason, answer.Last.StopTokenId));
        Assert.Equal((3, 4), (answer.Last.Usage!.PromptTokens, answer.Last.Usage.CompletionTokens));
        await RequireStoppedAsync(server, await server.NextRequestAsync(Cancellation));
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task ContradictoryAnswer_TheServerStops(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync(model.Saying(10, 11, 99_999), HeldAfter(3));
        var session = await model.ConnectAsync(server);
        await server.NextRequestAsync(Cancellation);

        await Assert.ThrowsAsync<GenerationFailedException>(async () =>
        {
            await foreach (var _ in session.GenerateAsync(ServedModel.Tokens(9), Cancellation))
            {
            }
        });

        await RequireStoppedAsync(server, await server.NextRequestAsync(Cancellation));
    }

    private static async Task<(StandInServer Server, StandInRequest Request, IAsyncEnumerator<TokenDelta> Answer, CancellationTokenSource Source)> BeginAsync(ServedModel model)
    {
        var server = await model.ServeAsync(HeldAfter(2));
        var session = await model.ConnectAsync(server);
        await server.NextRequestAsync(Cancellation);
        var source = new CancellationTokenSource();
        var answer = session.GenerateAsync(ServedModel.Tokens(9), source.Token).GetAsyncEnumerator(Cancellation);
        var request = server.NextRequestAsync(Cancellation);
        Assert.True(await answer.MoveNextAsync());
        return (server, await request, answer, source);
    }

    private static async Task RequireStoppedAsync(StandInServer server, StandInRequest request)
    {
        var end = await request.Ended.WaitAsync(Cancellation);

        Assert.True(end is StandInEnd.Cancelled or StandInEnd.Aborted, $"{end}");
        Assert.Equal(2, server.Requests.Count);
    }

    // Says so many tokens and then nothing.
    private static StandInBehaviour HeldAfter(int tokens) => new()
    {
        BeforeMessage = (sent, stop) => sent < tokens ? Task.CompletedTask : Task.Delay(Timeout.Infinite, stop),
    };
}
