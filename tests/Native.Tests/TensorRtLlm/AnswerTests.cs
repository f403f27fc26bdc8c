using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tests.Conformance;
using LlamaFp4.StandIns;

namespace LlamaFp4.Native.Tests.TensorRtLlm;

/// <summary>What comes back over a wire, however the server cuts it into messages.</summary>
public sealed class AnswerTests
{
    public static MatrixTheoryData<StandInProtocol, string> Cuts => new(Wires.Protocols, ["one", "three", "empty", "trimmed", "twice"]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task Answer_AtTheLimit_HasAllTokensAndWhatTheServerCounted(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var session = await model.ConnectAsync(await model.ServeAsync(new ReplaySession(model.Saying().Tokenizer, model.Saying().Model, 10, 11, 12) { CachedPromptTokens = 2 }));

        var answer = await Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(5), Cancellation), Cancellation);

        Assert.Equal([10, 11, 12, 10, 11], answer.TokenIds);
        Assert.Equal(FinishReason.Length, answer.Last.FinishReason);
        Assert.Null(answer.Last.StopTokenId);
        Assert.Equal((3, 5, 2), (answer.Last.Usage!.PromptTokens, answer.Last.Usage.CompletionTokens, answer.Last.Usage.CachedPromptTokens));
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task Answer_HoweverItIsCut_EndsBeforeTheStopToken(StandInProtocol wire, string cut)
    {
        await using var model = new ServedModel(wire);
        var behaviour = new StandInBehaviour
        {
            TokensPerMessage = cut == "three" ? 3 : 1,
            SendsEmptyMessages = cut == "empty",
            TrimsStopTokens = cut == "trimmed",
            RepeatsFinal = cut == "twice",
        };
        var session = await model.ConnectAsync(await model.ServeAsync(model.Saying(20, 21, 22, 23, 2), behaviour));

        var answer = await Collected.FromAsync(session.GenerateAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt }, Cancellation), Cancellation);

        Assert.Equal([20, 21, 22, 23], answer.TokenIds);
        Assert.Equal(FinishReason.Stop, answer.Last.FinishReason);
        Assert.Equal(2, answer.Last.StopTokenId);
        Assert.Equal(5, answer.Last.Usage!.CompletionTokens);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task Answer_ToAGuideWithoutStopTokens_EndsWithTheGuide(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var session = await model.ConnectAsync(await model.ServeAsync(model.Saying(20, 21, 2)));

        var answer = await Collected.FromAsync(
            session.GenerateAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, StopTokenIds = [], Guide = new JsonGuide() }, Cancellation), Cancellation);

        Assert.Equal([20, 21], answer.TokenIds);
        Assert.Equal(FinishReason.Stop, answer.Last.FinishReason);
        Assert.Null(answer.Last.StopTokenId);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task Answer_WithoutStopTokens_GoesOnBeyondTheModelsOwn(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var session = await model.ConnectAsync(await model.ServeAsync(model.Saying(20, 2, 21)));

        var answer = await Collected.FromAsync(
            session.GenerateAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, StopTokenIds = [], MaxNewTokens = 4 }, Cancellation), Cancellation);

        Assert.Equal([20, 2, 21, 20], answer.TokenIds);
        Assert.Equal(FinishReason.Length, answer.Last.FinishReason);
    }

    [Theory]
    [InlineData(StandInProtocol.Smg)]
    [InlineData(StandInProtocol.OpenEngine)]
    public async Task LogProbabilities_ComeWithTheirAlternatives_BestFirst(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var engine = new ReplaySession(model.Saying().Tokenizer, model.Saying().Model, 10)
        {
            LogProbability = id => new TokenLogProbability
            {
                TokenId = id,
                LogProbability = -3,
                Alternatives = [new TokenLogProbability { TokenId = 30, LogProbability = -1 }, new TokenLogProbability { TokenId = 31, LogProbability = -2 }],
            },
        };
        var session = await model.ConnectAsync(await model.ServeAsync(engine, new StandInBehaviour { TokensPerMessage = 2 }));

        var answer = await Collected.FromAsync(
            session.GenerateAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 3, LogProbabilities = 2 }, Cancellation), Cancellation);

        Assert.Equal(3, answer.LogProbabilities.Count);
        Assert.All(answer.LogProbabilities, entry =>
        {
            Assert.Equal((10, -3f), (entry.TokenId, entry.LogProbability));
            Assert.Equal([(30, -1f), (31, -2f)], entry.Alternatives.Select(alternative => (alternative.TokenId, alternative.LogProbability)));
        });
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task LogProbabilities_WithoutAlternatives_AreAskedForAllTheSame(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var session = await model.ConnectAsync(await model.ServeAsync(model.Saying(10)));

        var answer = await Collected.FromAsync(
            session.GenerateAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 2, LogProbabilities = 0 }, Cancellation), Cancellation);

        Assert.Equal([-0.5f, -0.5f], answer.LogProbabilities.Select(entry => entry.LogProbability));
        Assert.All(answer.LogProbabilities, entry => Assert.Empty(entry.Alternatives));
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task SlowConsumer_DoesNotKeepTheServerWaiting(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync();
        var session = await model.ConnectAsync(server);
        await using var answer = session.GenerateAsync(ServedModel.Tokens(400), Cancellation).GetAsyncEnumerator(Cancellation);
        await server.NextRequestAsync(Cancellation);

        Assert.True(await answer.MoveNextAsync());
        var received = answer.Current.TokenIds.Length;
        var end = await (await server.NextRequestAsync(Cancellation)).Ended.WaitAsync(Cancellation);
        while (await answer.MoveNextAsync())
        {
            received += answer.Current.TokenIds.Length;
        }

        Assert.Equal(StandInEnd.Complete, end);
        Assert.Equal(400, received);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task ManyAnswersAtOnce_AreNotMixed(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var session = await model.ConnectAsync(await model.ServeAsync());

        var answers = await Task.WhenAll(Enumerable.Range(1, 100).Select(count => Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(count), Cancellation), Cancellation)));

        Assert.All(answers.Index(), answer => Assert.Equal(Enumerable.Range(0, answer.Index + 1).Select(i => 10 + (i % 10)), answer.Item.TokenIds));
    }
}
