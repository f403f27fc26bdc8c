using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Conformance;

/// <content>The shape of a response: usage, ids, ends, and how its updates fold.</content>
public abstract partial class ChatClientConformanceTests
{
    [Fact]
    public async Task Usage_Buffered_IsASum()
    {
        using var client = CreateChatClient("Hello there!");

        var response = await client.AskAsync("Hello");

        var usage = response.Usage!;
        Assert.True(usage.InputTokenCount > 1);
        Assert.True(usage.OutputTokenCount > 1);
        Assert.Equal(usage.InputTokenCount + usage.OutputTokenCount, usage.TotalTokenCount);
        Assert.InRange(usage.CachedInputTokenCount ?? 0, 0, usage.InputTokenCount!.Value);
    }

    [Fact]
    public async Task Usage_Streamed_ComesOnceAndLast()
    {
        using var client = CreateChatClient("Hello there!");

        var updates = await client.StreamAsync("Hello");

        Assert.True(updates.Count > 1);
        var usage = Assert.Single(updates.SelectMany(update => update.Contents).OfType<UsageContent>());
        Assert.Contains(usage, updates[^1].Contents);
        Assert.Equal(usage.Details.InputTokenCount + usage.Details.OutputTokenCount, usage.Details.TotalTokenCount);
    }

    [Fact]
    public async Task Updates_CarryIdsModelAndTimeAndOneFinishReason()
    {
        using var client = CreateChatClient("Hello there!");

        var updates = await client.StreamAsync("Hello");

        var responseId = Assert.Single(updates.Select(update => update.ResponseId).Distinct());
        var messageId = Assert.Single(updates.Select(update => update.MessageId).Distinct());
        Assert.False(string.IsNullOrEmpty(responseId));
        Assert.False(string.IsNullOrEmpty(messageId));
        Assert.All(updates, update => Assert.Equal(ChatRole.Assistant, update.Role));
        Assert.All(updates, update => Assert.Equal(client.GetService<ChatClientMetadata>()!.DefaultModelId, update.ModelId));
        Assert.All(updates, update => Assert.True(update.CreatedAt > DateTimeOffset.UnixEpoch));
        Assert.All(updates.SkipLast(1), update => Assert.Null(update.FinishReason));
        Assert.Equal(ChatFinishReason.Stop, updates[^1].FinishReason);
        Assert.All(updates, update => Assert.Null(update.ConversationId));
        Assert.DoesNotContain("", updates.Texts());
    }

    [Fact]
    public async Task Responses_HaveIdsOfTheirOwn()
    {
        using var client = CreateChatClient("Hello there!");

        var first = await client.AskAsync("Hello");
        var second = await client.AskAsync("Hello");

        Assert.NotEqual(first.ResponseId, second.ResponseId);
        Assert.NotEqual(first.Messages[0].MessageId, second.Messages[0].MessageId);
    }

    [Fact]
    public async Task Buffered_IsTheFoldedStream()
    {
        using var client = CreateChatClient("Hello there!");

        var updates = await client.StreamAsync("Hello");
        var response = await client.AskAsync("Hello");

        Assert.Equal(string.Concat(updates.Texts()), response.Text);
        Assert.Equal(updates[^1].FinishReason, response.FinishReason);
    }

    [Fact]
    public async Task AppendToHistory_AddsOneMessageWithOneText()
    {
        using var client = CreateChatClient("Hello there!");
        List<ChatMessage> history = [new(ChatRole.User, "Hello")];
        var updates = client.GetStreamingResponseAsync(history, cancellationToken: Cancellation);
        Assert.Single(history);

        await history.AddMessagesAsync(updates, Cancellation);

        Assert.Equal([ChatRole.User, ChatRole.Assistant], history.Select(message => message.Role));
        Assert.NotEmpty(Assert.IsType<TextContent>(Assert.Single(history[1].Contents)).Text);
    }

    [Fact]
    public async Task History_WithTheAnswer_GoesOn()
    {
        using var client = CreateChatClient("Hello there!", "You are welcome.");
        List<ChatMessage> history = [new(ChatRole.User, "Hello")];
        history.AddMessages(await client.GetResponseAsync(history, cancellationToken: Cancellation));
        history.Add(new(ChatRole.User, "Thank you"));

        history.AddMessages(await client.GetResponseAsync(history, new ChatOptions { MaxOutputTokens = 40 }, Cancellation));

        Assert.Equal(["user", "assistant", "user", "assistant"], history.Select(message => message.Role.Value));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OutputCutByTheLimit_SaysLength(bool isStreamed)
    {
        using var client = CreateChatClient("Hello there!");

        var response = await client.RespondAsync("Hello", isStreamed, new ChatOptions { MaxOutputTokens = 1 });

        Assert.Equal(ChatFinishReason.Length, response.FinishReason);
        Assert.Equal(1, response.Usage!.OutputTokenCount);
    }

    [Fact]
    public async Task LogProbabilities_AskedFor_AreReadableOnTheUpdates()
    {
        using var client = CreateChatClient("Hello there!");
        ChatOptions options = new() { RawRepresentationFactory = _ => new LlamaFp4RequestOptions { LogProbabilities = 2 } };

        var updates = await client.StreamAsync("Hello", options);

        var tokens = updates.Select(update => update.RawRepresentation).OfType<LlamaFp4ResponseDetails>().SelectMany(details => details.LogProbabilities).ToList();
        var usage = updates[^1].Contents.OfType<UsageContent>().Single().Details;
        Assert.Equal(usage.OutputTokenCount - 1, tokens.Count); // The stop token is counted, but is no part of the answer.
        Assert.All(tokens, token => Assert.InRange(token.LogProbability, -100f, 0f));
    }

    [Fact]
    public async Task NullAndCanceled_AreRefusedAtOnce()
    {
        using var client = CreateChatClient("Hello there!");

        Assert.Throws<ArgumentNullException>("messages", () => client.GetStreamingResponseAsync((IEnumerable<ChatMessage>)null!, cancellationToken: Cancellation));
        await Assert.ThrowsAsync<ArgumentNullException>("messages", () => client.GetResponseAsync((IEnumerable<ChatMessage>)null!, cancellationToken: Cancellation));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetResponseAsync("Hello", cancellationToken: new CancellationToken(canceled: true)));
    }
}
