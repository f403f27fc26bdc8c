using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tests.Conformance;
using LlamaFp4.StandIns;

namespace LlamaFp4.Native.Tests.TensorRtLlm;

/// <summary>Servers that break the rules: never a wrong answer, always a clear failure.</summary>
public sealed class MisbehaviourTests
{
    // As since October 2026.
    private const string TooLong = "This model's maximum context length is 512 tokens. However, your messages resulted in 600 tokens. Please reduce the length of the messages.";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task MissingFinalMessage_FailsTheAnswer(StandInProtocol wire)
    {
        var failure = await FailureAsync<GenerationFailedException>(wire, behaviour => behaviour.OmitsFinal = true);

        Assert.Contains("without a final message", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task CumulativeMessages_FailTheAnswer(StandInProtocol wire) =>
        await FailureAsync<GenerationFailedException>(wire, behaviour => behaviour.IsCumulative = true);

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task WrongCount_FailsTheAnswer(StandInProtocol wire)
    {
        var failure = await FailureAsync<GenerationFailedException>(wire, behaviour => behaviour.Miscounts = true);

        Assert.Contains("counted", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task GarbageBetweenMessages_FailsTheAnswer(StandInProtocol wire) =>
        await FailureAsync<GenerationFailedException>(wire, behaviour => behaviour.GarbageAfter = 2);

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task StreamBrokenOff_FailsTheAnswerAfterWhatHadCome(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var gate = new Gate();
        var server = await model.ServeAsync(new StandInBehaviour { BeforeMessage = gate.After(3) });
        var session = await model.ConnectAsync(server);
        gate.Close();
        server.Behaviour.BreaksAfter = 3;
        List<int> received = [];

        var failure = await Assert.ThrowsAsync<GenerationFailedException>(async () =>
        {
            await foreach (var delta in session.GenerateAsync(ServedModel.Tokens(8), Cancellation))
            {
                received.AddRange(delta.TokenIds.Span);
                if (received.Count == 3)
                {
                    // A reset stream may lose what is still on its way.
                    gate.Open();
                }
            }
        });

        Assert.Equal([10, 11, 12], received);
        Assert.Contains("3 tokens had come", failure.Message, StringComparison.Ordinal);
        Assert.Contains(server.Endpoint.OriginalString, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task TokenOutsideOfTheVocabulary_FailsTheAnswer(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var session = await model.ConnectAsync(await model.ServeAsync(model.Saying(10, 99_999)));

        var failure = await Assert.ThrowsAsync<GenerationFailedException>(() => Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(3), Cancellation), Cancellation));

        Assert.Contains("99999", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StandInProtocol.Smg, "cancelled", "cancelled")]
    [InlineData(StandInProtocol.Smg, "timeout", "time limit")]
    [InlineData(StandInProtocol.Smg, "error", "no output")]
    [InlineData(StandInProtocol.Smg, "", "without a reason")]
    [InlineData(StandInProtocol.Smg, "whim", "unknown reason 'whim'")]
    [InlineData(StandInProtocol.OpenEngine, "Cancelled", "cancelled")]
    [InlineData(StandInProtocol.OpenEngine, "Unspecified", "unknown reason")]
    public async Task EndForAnotherReason_FailsTheAnswer(StandInProtocol wire, string reason, string message)
    {
        var failure = await FailureAsync<GenerationFailedException>(wire, behaviour => behaviour.FinishReason = reason);

        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task PromptThatTheServerFindsTooLong_IsAnErrorOfTheContext(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync(new StandInBehaviour { LacksContextLength = true });
        var session = await model.ConnectAsync(server);
        server.Engine = new ReplaySession(server.Engine.Tokenizer, ReplaySession.CreateModel(server.Engine.Tokenizer, ServedModel.Prompt.Length, 2), 10);

        var failure = await Assert.ThrowsAsync<ContextLengthExceededException>(() => Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(3), Cancellation), Cancellation));

        Assert.Contains("max_seq_len (3)", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, server.Requests.Count);
    }

    [Theory]
    [MemberData(nameof(Wires.Grpc), MemberType = typeof(Wires))]
    public async Task AnswerToAnotherRequest_FailsTheAnswer(StandInProtocol wire)
    {
        var failure = await FailureAsync<GenerationFailedException>(wire, behaviour => behaviour.MistakesRequest = true);

        Assert.Contains("'another'", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Wires.Grpc), MemberType = typeof(Wires))]
    public async Task Compression_IsNotAskedFor(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync();
        var session = await model.ConnectAsync(_ => { }, server);

        await Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(4), Cancellation), Cancellation);

        Assert.All(server.Requests, request => Assert.Equal("identity", request.Headers["grpc-accept-encoding"]));
    }

    [Theory]
    [MemberData(nameof(Wires.Grpc), MemberType = typeof(Wires))]
    public async Task MessageLargerThanAllowed_FailsTheAnswer(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync();
        var session = await model.ConnectAsync(options => options.MaxMessageSize = 1, server);
        server.Behaviour.HugeAfter = 2;

        var failure = await Assert.ThrowsAsync<GenerationFailedException>(() => Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(4), Cancellation), Cancellation));

        Assert.Contains("(MaxMessageSize)", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task RefusedOnce_IsSentAgainUnderAnotherId(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync();
        var session = await model.ConnectAsync(server);
        (server.Behaviour.Refusal, server.Behaviour.RefusalsLeft) = (("Unavailable", "shutting down"), 1);

        var answer = await Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(3), Cancellation), Cancellation);

        Assert.Equal([10, 11, 12], answer.TokenIds);
        Assert.Equal(3, server.Requests.DistinctBy(request => request.Id).Count());
    }

    [Theory]
    [InlineData(StandInProtocol.Smg, "InvalidArgument", "bad sampling", typeof(GenerationFailedException))]
    [InlineData(StandInProtocol.OpenEngine, "InvalidArgument", "bad sampling", typeof(GenerationFailedException))]
    [InlineData(StandInProtocol.Smg, "Internal", "engine exploded", typeof(GenerationFailedException))]
    [InlineData(StandInProtocol.OpenEngine, "Unimplemented", "no such guide", typeof(FeatureNotSupportedException))]
    [InlineData(StandInProtocol.Smg, "ResourceExhausted", "too busy", typeof(SessionOverloadedException))]
    [InlineData(StandInProtocol.Smg, "PermissionDenied", "go away", typeof(SessionUnavailableException))]
    [InlineData(StandInProtocol.Smg, "Internal", "The prompt length (9000) should not exceed max_num_tokens (8192)", typeof(ContextLengthExceededException))]
    [InlineData(StandInProtocol.Smg, "ResourceExhausted", "Received message larger than max (40000000 vs. 33554432)", typeof(GenerationFailedException))]
    [InlineData(StandInProtocol.Smg, "Internal", TooLong, typeof(ContextLengthExceededException))]
    [InlineData(StandInProtocol.OpenEngine, "Internal", TooLong, typeof(ContextLengthExceededException))]
    [InlineData(StandInProtocol.Http, "400", TooLong, typeof(ContextLengthExceededException))]
    [InlineData(StandInProtocol.OpenEngine, "InvalidArgument", "`default_max_tokens` (-3) must be greater than 0, max_seq_len (512)", typeof(ContextLengthExceededException))]
    public async Task Refused_FailsWithoutASecondAttempt(StandInProtocol wire, string status, string text, Type expected)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync();
        var session = await model.ConnectAsync(server);
        server.Behaviour.Refusal = (status, text);

        var failure = await Assert.ThrowsAnyAsync<LlamaFp4Exception>(() => Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(3), Cancellation), Cancellation));

        Assert.IsType(expected, failure);
        Assert.Contains(text, failure.Message, StringComparison.Ordinal);
        Assert.Contains(server.Endpoint.OriginalString, failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, server.Requests.Count);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task RefusedForEver_IsUnavailable(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync();
        var session = await model.ConnectAsync(server);
        server.Behaviour.Refusal = ("Unavailable", "shutting down");

        var failure = await Assert.ThrowsAsync<SessionUnavailableException>(() => Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(3), Cancellation), Cancellation));

        Assert.Contains("shutting down", failure.Message, StringComparison.Ordinal);
    }

    private static async Task<T> FailureAsync<T>(StandInProtocol wire, Action<StandInBehaviour> misbehave)
        where T : LlamaFp4Exception
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync();
        var session = await model.ConnectAsync(server);
        misbehave(server.Behaviour);

        var failure = await Assert.ThrowsAsync<T>(() => Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(4), Cancellation), Cancellation));

        Assert.Contains(server.Endpoint.OriginalString, failure.Message, StringComparison.Ordinal);
        return failure;
    }
}
