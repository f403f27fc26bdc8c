#pragma warning disable MEAI001 // Chat reducers are still called experimental.

using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Conformance;

/// <content>Histories that a chat reducer has shortened with the client's own summaries.</content>
public abstract partial class ChatClientConformanceTests
{
    /// <summary>New messages each time: the reducer notes its summary on one of them.</summary>
    private static ChatMessage[] LongHistory =>
    [
        new(ChatRole.User, "My name is Ada."),
        new(ChatRole.Assistant, "Nice to meet you, Ada!"),
        new(ChatRole.User, "The light in the kitchen is on."),
        new(ChatRole.Assistant, "Good to know."),
        new(ChatRole.User, "Thank you"),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reducer_PutsTheSummaryFirstAsAnAssistantMessage(bool isStreamed)
    {
        using ObservedChatClient observed = new(CreateChatClient("Ada greeted.", "You are welcome."));
        using var client = WithSummaries(observed);

        var response = await RespondAsync(client, LongHistory, isStreamed);

        Assert.Equal(2, observed.Requests.Count);
        var messages = observed.Requests[1].Messages;
        Assert.Equal(["assistant", "assistant", "user"], messages.Select(message => message.Role.Value));
        Assert.Equal(observed.Responses[0].Text, messages[0].Text);
        Assert.Equal(["Good to know.", "Thank you"], messages.Skip(1).Select(message => message.Text));
        Assert.Single(response.Messages);
    }

    [Fact]
    public async Task Reducer_KeepsTheSystemMessageBeforeTheSummary()
    {
        using ObservedChatClient observed = new(CreateChatClient("Ada greeted.", "You are welcome."));
        using var client = WithSummaries(observed);

        await RespondAsync(client, [new(ChatRole.System, "You are a friendly assistant."), .. LongHistory], isStreamed: false);

        var messages = observed.Requests[1].Messages;
        Assert.Equal(["system", "assistant", "assistant", "user"], messages.Select(message => message.Role.Value));
        Assert.Equal("You are a friendly assistant.", messages[0].Text);
    }

    [Fact]
    public async Task Reducer_WithTools_StillCallsThem()
    {
        WeatherStation station = new();
        using ObservedChatClient observed = new(CreateChatClient("Ada greeted.", WeatherStation.Call, WeatherStation.Answer));
        using var client = WithSummaries(observed).AsBuilder().UseFunctionInvocation().Build();
        ChatMessage[] messages = [.. LongHistory, new(ChatRole.Assistant, "You are welcome."), new(ChatRole.User, WeatherStation.Question)];

        var response = await RespondAsync(client, messages, isStreamed: false, station.Options(ChatToolMode.RequireAny));

        Assert.NotEmpty(station.Cities);
        Assert.NotEmpty(response.Messages);
    }

    private static IChatClient WithSummaries(IChatClient client) =>
        client.AsBuilder().UseChatReducer(new SummarizingChatReducer(client, targetCount: 2, threshold: 0)).Build();

    private static Task<ChatResponse> RespondAsync(IChatClient client, ChatMessage[] messages, bool isStreamed, ChatOptions? options = null)
    {
        options ??= new ChatOptions { MaxOutputTokens = 40 };
        return isStreamed
            ? client.GetStreamingResponseAsync(messages, options, Cancellation).ToChatResponseAsync(Cancellation)
            : client.GetResponseAsync(messages, options, Cancellation);
    }
}
