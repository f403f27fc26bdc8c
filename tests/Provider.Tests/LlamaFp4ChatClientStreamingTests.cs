using LlamaFp4.Native.Sessions;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests;

public class LlamaFp4ChatClientStreamingTests
{
    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    [Fact]
    public async Task EveryUpdate_CarriesTheSameIds()
    {
        DateTimeOffset now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
        using LlamaFp4ChatClient client = new(
            Scripted.Saying("""Look. <|python_tag|>{"name": "weather", "parameters": {"city": "Brest"}}"""),
            new LlamaFp4ChatClientOptions { Clock = new FixedClock(now) });

        var updates = await client.StreamAsync("Weather?", new ChatOptions { Tools = [Scripted.Weather] });

        Assert.Single(updates.Select(update => update.ResponseId).Distinct());
        Assert.Single(updates.Select(update => update.MessageId).Distinct());
        Assert.All(updates, update =>
        {
            Assert.NotNull(update.ResponseId);
            Assert.NotNull(update.MessageId);
            Assert.Equal(ChatRole.Assistant, update.Role);
            Assert.Equal("scripted-model", update.ModelId);
            Assert.Equal(now, update.CreatedAt);
            Assert.Null(update.ConversationId);
        });
    }

    [Fact]
    public async Task EachDelta_IsAnUpdateWithATextAndAListOfItsOwn()
    {
        var session = Scripted.Saying("Tides rise and fall.");
        using LlamaFp4ChatClient client = new(session);

        var updates = await client.StreamAsync("Tides?");

        Assert.Equal(Scripted.Tokenizer.Encode("Tides rise and fall.").Length + 1, updates.Count);
        Assert.Equal("Tides rise and fall.", string.Concat(updates.Texts()));
        Assert.DoesNotContain("", updates.Texts());
        Assert.Equal(updates.Count, updates.Select(update => update.Contents).Distinct(ReferenceEqualityComparer.Instance).Count());
        updates[0].Contents.Add(new TextContent("lists can grow"));
    }

    [Fact]
    public async Task LastUpdate_AloneHasFinishReasonAndUsage()
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying("Tides"));

        var updates = await client.StreamAsync("Tides?");

        Assert.All(updates.SkipLast(1), update =>
        {
            Assert.Null(update.FinishReason);
            Assert.IsNotType<UsageContent>(Assert.Single(update.Contents));
            Assert.Null(update.RawRepresentation);
        });
        Assert.Equal(ChatFinishReason.Stop, updates[^1].FinishReason);
        Assert.IsType<UsageContent>(Assert.Single(updates[^1].Contents));
        var details = Assert.IsType<LlamaFp4ResponseDetails>(updates[^1].RawRepresentation);
        Assert.Equal(0, details.StopTokenId);
        Assert.Null(details.StopSequence);
        Assert.Empty(details.LogProbabilities);
    }

    [Fact]
    public async Task CharacterSplitAcrossTokens_IsEmittedWhole()
    {
        ScriptedAnswer answer = new()
        {
            Chunks = [.. Scripted.Tokenizer.Encode("🦙🌊").Select(id => new[] { id })],
        };
        using LlamaFp4ChatClient client = new(Scripted.Playing(answer));

        var updates = await client.StreamAsync("Animal?");

        Assert.Equal(8, answer.Chunks.Count);
        Assert.Equal(["🦙", "🌊"], updates.Texts());
    }

    [Fact]
    public async Task UnfinishedCharacter_BecomesAReplacementCharacterAtTheEnd()
    {
        using LlamaFp4ChatClient client = new(Scripted.Playing(new ScriptedAnswer
        {
            Chunks = [[.. Scripted.Tokenizer.Encode("a🦙").SkipLast(1)]],
            FinishReason = FinishReason.Length,
        }));

        var updates = await client.StreamAsync("Animal?");

        Assert.Equal(["a", "\ufffd"], updates.Texts());
    }

    [Fact]
    public async Task StopSequence_EndsTheAnswerAndAbortsTheRequest()
    {
        var session = Scripted.Saying("Answer: 42\nUser: and then?");
        using LlamaFp4ChatClient client = new(session);

        var updates = await client.StreamAsync("Question?", new ChatOptions { StopSequences = ["\nUser:"] });

        Assert.Equal("Answer: 42", string.Concat(updates.Texts()));
        Assert.Equal(ChatFinishReason.Stop, updates[^1].FinishReason);
        Assert.Equal("\nUser:", Assert.IsType<LlamaFp4ResponseDetails>(updates[^1].RawRepresentation).StopSequence);
        Assert.Equal((0, 1), (session.LiveRequests, session.AbortedRequests));
        Assert.Equal(Scripted.Tokenizer.Encode("Answer: 42\nUser:").Length, session.DeliveredChunks);
        var usage = Assert.IsType<UsageContent>(Assert.Single(updates[^1].Contents)).Details;
        Assert.Equal(session.Requests[0].PromptTokenIds.Length, usage.InputTokenCount);
        Assert.Equal(session.DeliveredChunks, usage.OutputTokenCount);
        Assert.Equal(usage.InputTokenCount + usage.OutputTokenCount, usage.TotalTokenCount);
    }

    [Fact]
    public async Task StopSequence_ThatDoesNotComplete_ComesOutAtTheEnd()
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying("Answer: 42\nUse"));

        var response = await client.AskAsync("Question?", new ChatOptions { StopSequences = ["\nUser:"] });

        Assert.Equal("Answer: 42\nUse", response.Text);
    }

    [Fact]
    public async Task StopSequence_BehindTheLastCharacterInOneDelta_HidesTheRest()
    {
        var session = Scripted.Playing(ScriptedAnswer.Of(Scripted.Tokenizer, "one STOP two 🦙", tokensPerChunk: 100, finishReason: FinishReason.Length));
        using LlamaFp4ChatClient client = new(session);

        var response = await client.AskAsync("Count", new ChatOptions { StopSequences = ["STOP"] });

        Assert.Equal("one ", response.Text);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
    }

    [Fact]
    public async Task StopSequence_DoesNotReachAcrossAControlToken()
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying("""ST<|python_tag|>OP"""));

        var response = await client.AskAsync("Go", new ChatOptions { StopSequences = ["STOP"], Tools = [Scripted.Weather] });

        Assert.Equal("STOP", response.Text);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task AnyChunks_GiveTheSameContents(int tokensPerChunk)
    {
        const string text = """Überall 🦙: <|python_tag|>{"name": "weather", "parameters": {"city": "Málaga"}}; {"name": "multiply", "parameters": {"a": 1, "b": 2}} ende""";
        using LlamaFp4ChatClient client = new(Scripted.Playing(ScriptedAnswer.Of(Scripted.Tokenizer, text, tokensPerChunk)));

        var response = await client.AskAsync("Go", new ChatOptions { Tools = [Scripted.Weather, Scripted.Multiply], StopSequences = ["; {x"] });

        var contents = Assert.Single(response.Messages).Contents;
        Assert.Equal("""Überall 🦙: ⟨weather city="Málaga"⟩⟨multiply a=1 b=2⟩ ende""", ToolCalling.Transcript.Of(contents));
    }

    [Fact]
    public async Task LogProbabilities_AreOnTheUpdatesInOrderAndNoneIsLost()
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying("cost: 5€ ##"));

        var updates = await client.StreamAsync("Cost?", new ChatOptions
        {
            StopSequences = ["###"],
            RawRepresentationFactory = _ => new LlamaFp4RequestOptions { LogProbabilities = 0 },
        });

        var reported = updates.Select(update => update.RawRepresentation).OfType<LlamaFp4ResponseDetails>().SelectMany(details => details.LogProbabilities);
        Assert.Equal(Scripted.Tokenizer.Encode("cost: 5€ ##"), reported.Select(entry => entry.TokenId));
        Assert.Equal("c", updates[0].Text);
        Assert.Equal(-0.5f, Assert.Single(Assert.IsType<LlamaFp4ResponseDetails>(updates[0].RawRepresentation).LogProbabilities).LogProbability);
    }

    [Fact]
    public async Task LogProbabilities_OfABufferedResponse_AreOnTheResponse()
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying("abc"));

        var response = await client.AskAsync("Go", new ChatOptions { RawRepresentationFactory = _ => new LlamaFp4RequestOptions { LogProbabilities = 0 } });

        var details = Assert.IsType<LlamaFp4ResponseDetails>(response.RawRepresentation);
        Assert.Equal(['a', 'b', 'c'], details.LogProbabilities.Select(entry => (char)entry.TokenId));
        Assert.Equal(0, details.StopTokenId);
    }

    [Fact]
    public async Task LogProbabilities_OfTheStopSequence_AreOnTheLastUpdate()
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying("a##"));

        var updates = await client.StreamAsync("Go", new ChatOptions
        {
            StopSequences = ["##"],
            RawRepresentationFactory = _ => new LlamaFp4RequestOptions { LogProbabilities = 0 },
        });

        Assert.Equal(2, updates.Count);
        var details = Assert.IsType<LlamaFp4ResponseDetails>(updates[1].RawRepresentation);
        Assert.Equal(Scripted.Tokenizer.Encode("##"), details.LogProbabilities.Select(entry => entry.TokenId));
    }

    [Fact]
    public async Task SessionThatEndsWithoutAReason_IsAnError()
    {
        using LlamaFp4ChatClient client = new(new SilentSession());

        await Assert.ThrowsAsync<GenerationFailedException>(() => client.AskAsync("Hi"));
    }

    [Fact]
    public async Task EngineFailure_ComesThroughAsItIs()
    {
        var session = Scripted.Playing(ScriptedAnswer.Of(
            Scripted.Tokenizer,
            "abc",
            beforeChunk: (chunk, _) => chunk < 2 ? Task.CompletedTask : throw new GenerationFailedException("out of memory")));
        using LlamaFp4ChatClient client = new(session);

        var error = await Assert.ThrowsAsync<GenerationFailedException>(() => client.StreamAsync("Hi"));

        Assert.Equal("out of memory", error.Message);
        Assert.Equal(0, session.LiveRequests);
    }

    private sealed class SilentSession : ITokenSession
    {
        public ModelInfo Model { get; } = ScriptedTokenSession.CreateModel();

        public Native.Tokenization.LlamaTokenizer Tokenizer => Scripted.Tokenizer;

        public IAsyncEnumerable<TokenDelta> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken = default) =>
            AsyncEnumerable.Empty<TokenDelta>();

        public void Dispose()
        {
        }
    }
}
