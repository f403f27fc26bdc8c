using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Conformance;

/// <summary>What an <see cref="IChatClient"/> over a token session owes its callers and the middleware around it, whatever engine is behind it.</summary>
/// <remarks>
/// A client is tested by a subclass that makes one. Nothing here needs a clever model: what is asked for is guaranteed by how the answer is decoded, or
/// is one call of one plain tool. The other files ask for contents of the answers, this one for what may be in a history.
/// </remarks>
public abstract partial class ChatClientConformanceTests
{
    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A client that answers deterministically.</summary>
    /// <param name="script">What a scripted session says, request by request, the last for ever. A model has its own mind.</param>
    protected abstract IChatClient CreateChatClient(params string[] script);

    public static TheoryData<string, ChatMessage[]> Histories => new()
    {
        { "one question", [new(ChatRole.User, "Hello")] },
        { "no message", [] },
        { "empty messages before the question", [new(ChatRole.System, []), new(ChatRole.User, []), new(ChatRole.Assistant, []), new(ChatRole.User, "Hello")] },
        { "empty texts before the question", [new(ChatRole.System, ""), new(ChatRole.User, ""), new(ChatRole.Assistant, ""), new(ChatRole.User, "Hello")] },
        { "system alone", [new(ChatRole.System, "You are a friendly assistant.")] },
        { "system in the middle", [new(ChatRole.User, "Hello"), new(ChatRole.Assistant, "Hi!"), new(ChatRole.System, "Be brief."), new(ChatRole.User, "Thank you")] },
        { "developer", [new(new ChatRole("developer"), "Be brief."), new(ChatRole.User, "Hello")] },
        { "two users in a row", [new(ChatRole.User, "Hello"), new(ChatRole.User, "Are you there?")] },
        { "two assistants in a row", [new(ChatRole.User, "Hello"), new(ChatRole.Assistant, "Hi!"), new(ChatRole.Assistant, "I am here."), new(ChatRole.User, "Good")] },
        { "assistant last", [new(ChatRole.User, "Hello"), new(ChatRole.Assistant, "Hi!")] },
        { "author names", [new(ChatRole.User, "Hello") { AuthorName = "Ada" }, new(ChatRole.Assistant, "Hi!") { AuthorName = "Bot" }, new(ChatRole.User, "Thank you") { AuthorName = "Ada" }] },
        { "several texts in one message", [new(ChatRole.User, [new TextContent("Hel"), new TextContent("lo")])] },
        {
            "calls and results",
            [
                new(ChatRole.User, WeatherStation.Question),
                new(ChatRole.Assistant, [new FunctionCallContent("1", "GetWeather", new Dictionary<string, object?> { ["city"] = "Nairobi" })]),
                new(ChatRole.Tool, [new FunctionResultContent("1", "23 degrees")]),
                new(ChatRole.Assistant, "It is 23 degrees."),
                new(ChatRole.User, "Thank you"),
            ]
        },
    };

    [Theory]
    [MemberData(nameof(Histories), DisableDiscoveryEnumeration = true)]
    public async Task History_OfAnyShape_GetsOneAssistantMessage(string shape, ChatMessage[] messages)
    {
        using var client = CreateChatClient("Hello!");

        var response = await client.GetResponseAsync(messages, new ChatOptions { MaxOutputTokens = 40 }, Cancellation);

        Assert.True(response.Messages is [{ Role.Value: "assistant" }], shape);
        Assert.NotNull(response.FinishReason);
        Assert.InRange(response.Usage!.OutputTokenCount!.Value, 1, 40);
    }

    [Fact]
    public async Task Instructions_WithoutAMessage_GetAnAnswer()
    {
        using var client = CreateChatClient("Hello!");

        var response = await client.GetResponseAsync([], new ChatOptions { Instructions = "You are a friendly assistant.", MaxOutputTokens = 40 }, Cancellation);

        Assert.Single(response.Messages);
        Assert.NotNull(response.FinishReason);
    }

    [Fact]
    public async Task UnknownAdditionalProperties_AreTolerated()
    {
        using var client = CreateChatClient("Hello!");
        ChatOptions options = new()
        {
            MaxOutputTokens = 40,
            AdditionalProperties = new()
            {
                ["stream_options"] = new Dictionary<string, object?> { ["include_usage"] = true, ["nested"] = new Dictionary<string, int[]> { ["list"] = [1, 2] } },
                ["user"] = "somebody",
                ["object"] = new object(),
            },
        };

        var updates = await client.StreamAsync("Hello", options);

        Assert.NotEmpty(updates.Texts());
    }

    [Fact]
    public async Task MessagesAndOptions_AreLeftAsTheyWere()
    {
        using var client = CreateChatClient(WeatherStation.Call);
        List<ChatMessage> messages = [new(ChatRole.System, "Be brief."), new(ChatRole.User, "Hello")];
        ChatOptions options = new() { Tools = [new WeatherStation().Tool], StopSequences = ["END"], AdditionalProperties = new() { ["user"] = "somebody" }, MaxOutputTokens = 40 };

        await client.GetResponseAsync(messages, options, Cancellation);

        Assert.Equal(["Be brief.", "Hello"], messages.Select(message => message.Text));
        Assert.Single(options.Tools);
        Assert.Equal(["END"], options.StopSequences);
        Assert.Equal(["user"], options.AdditionalProperties.Keys);
        Assert.Equal((null, null, null), (options.ModelId, options.Instructions, options.ToolMode));
    }
}
