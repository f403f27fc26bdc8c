using System.Text.Json;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests;

public class LlamaFp4ChatClientTests
{
    [Fact]
    public void Constructor_NoSession_Throws() =>
        Assert.Throws<ArgumentNullException>("session", () => new LlamaFp4ChatClient(null!));

    [Fact]
    public void NoMessages_ThrowAtTheCall()
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying("Hi"));

        Assert.Throws<ArgumentNullException>("messages", () => client.GetStreamingResponseAsync((IEnumerable<ChatMessage>)null!, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Throws<ArgumentNullException>("messages", () => { _ = client.GetResponseAsync((IEnumerable<ChatMessage>)null!, cancellationToken: TestContext.Current.CancellationToken); });
    }

    [Fact]
    public async Task GetResponseAsync_TextAnswer_HasTheWholeShape()
    {
        var session = Scripted.Playing(ScriptedAnswer.Of(Scripted.Tokenizer, "Brest has tides.", cachedPromptTokens: 5));
        using LlamaFp4ChatClient client = new(session);
        var before = TimeProvider.System.GetUtcNow();

        var response = await client.AskAsync("Tell me about Brest");

        var message = Assert.Single(response.Messages);
        Assert.Equal(ChatRole.Assistant, message.Role);
        Assert.Equal("Brest has tides.", Assert.IsType<TextContent>(Assert.Single(message.Contents)).Text);
        Assert.StartsWith("msg_", message.MessageId, StringComparison.Ordinal);
        Assert.StartsWith("resp_", response.ResponseId, StringComparison.Ordinal);
        Assert.Equal("scripted-model", response.ModelId);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.InRange(response.CreatedAt!.Value, before, TimeProvider.System.GetUtcNow());
        Assert.Null(response.ConversationId);
        Assert.Null(response.ContinuationToken);
        var promptLength = session.Requests[0].PromptTokenIds.Length;
        var generated = Scripted.Tokenizer.Encode("Brest has tides.").Length + 1;
        Assert.Equal(promptLength, response.Usage!.InputTokenCount);
        Assert.Equal(generated, response.Usage.OutputTokenCount);
        Assert.Equal(promptLength + generated, response.Usage.TotalTokenCount);
        Assert.Equal(5, response.Usage.CachedInputTokenCount);
    }

    [Fact]
    public async Task GetResponseAsync_LimitReached_FinishesWithLength()
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying("one two three"));

        var response = await client.AskAsync("Count", new ChatOptions { MaxOutputTokens = 1 });

        Assert.Equal(ChatFinishReason.Length, response.FinishReason);
        Assert.Equal(1, response.Usage!.OutputTokenCount);
    }

    [Fact]
    public async Task GetResponseAsync_EmptyAnswer_IsOneEmptyMessage()
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying(""));

        var response = await client.AskAsync("Say nothing");

        Assert.Equal("", Assert.Single(response.Messages).Text);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
    }

    [Fact]
    public async Task GetResponseAsync_NoOrEmptyMessages_Answers()
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying("Hello"));

        var none = await client.GetResponseAsync([], new ChatOptions { Instructions = "Greet." }, TestContext.Current.CancellationToken);
        var empty = await client.GetResponseAsync(
            [new(ChatRole.System, []), new(ChatRole.User, []), new(ChatRole.Assistant, []), new(ChatRole.User, "Hi")],
            cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal("Hello", none.Text);
        Assert.Equal("Hello", empty.Text);
    }

    [Fact]
    public async Task GetStreamingResponseAsync_Messages_AreEnumeratedOnceAndNothingIsChanged()
    {
        var enumerations = 0;
        IEnumerable<ChatMessage> Messages()
        {
            enumerations++;
            yield return new ChatMessage(ChatRole.User, "Hi");
        }

        ChatOptions options = new() { StopSequences = ["x"], Tools = [Scripted.Multiply], Instructions = "Be brief." };
        var before = JsonSerializer.Serialize(options, AIJsonUtilities.DefaultOptions);
        using LlamaFp4ChatClient client = new(Scripted.Saying("Hello"));

        await client.GetResponseAsync(Messages(), options, TestContext.Current.CancellationToken);

        Assert.Equal(1, enumerations);
        Assert.Equal(before, JsonSerializer.Serialize(options, AIJsonUtilities.DefaultOptions));
        Assert.Equal(["x"], options.StopSequences);
        Assert.Same(Scripted.Multiply, Assert.Single(options.Tools));
    }

    [Fact]
    public async Task GetStreamingResponseAsync_EnumeratedTwice_IsTwoRequests()
    {
        var session = Scripted.Saying("One", "Two");
        using LlamaFp4ChatClient client = new(session);
        var stream = client.GetStreamingResponseAsync("Count", cancellationToken: TestContext.Current.CancellationToken);

        var first = await stream.ToChatResponseAsync(TestContext.Current.CancellationToken);
        var second = await stream.ToChatResponseAsync(TestContext.Current.CancellationToken);

        Assert.Equal(("One", "Two"), (first.Text, second.Text));
        Assert.NotEqual(first.ResponseId, second.ResponseId);
        Assert.NotEqual(first.Messages[0].MessageId, second.Messages[0].MessageId);
    }

    [Fact]
    public async Task Stream_AppendedToHistory_IsOneMessageWithOneText()
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying("Many little tokens make one text."));
        List<ChatMessage> history = [new(ChatRole.User, "Hi")];

        await history.AddMessagesAsync(client.GetStreamingResponseAsync(history, cancellationToken: TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);

        Assert.Equal(2, history.Count);
        Assert.Equal("Many little tokens make one text.", Assert.IsType<TextContent>(Assert.Single(history[1].Contents)).Text);
    }

    [Fact]
    public async Task Response_SurvivesJson()
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying("""Look: <|python_tag|>{"name": "multiply", "parameters": {"a": "6", "b": 7}}"""));
        var response = await client.AskAsync("6 times 7?", new ChatOptions { Tools = [Scripted.Multiply] });

        var json = JsonSerializer.Serialize(response, AIJsonUtilities.DefaultOptions);
        var read = JsonSerializer.Deserialize<ChatResponse>(json, AIJsonUtilities.DefaultOptions)!;

        Assert.Equal(json, JsonSerializer.Serialize(read, AIJsonUtilities.DefaultOptions));
        Assert.Equal("Look: ", read.Text);
        Assert.Equal(ChatFinishReason.ToolCalls, read.FinishReason);
        Assert.Equal(response.Calls()[0].CallId, read.Calls()[0].CallId);
        Assert.Equal(6, Assert.IsType<JsonElement>(read.Calls()[0].Arguments!["a"]).GetInt32());
    }

    [Fact]
    public void GetService_AnswersWhatItHas()
    {
        var session = Scripted.Saying("Hi");
        using LlamaFp4ChatClient client = new(session);

        Assert.Same(client, client.GetService<IChatClient>());
        Assert.Same(client, client.GetService<LlamaFp4ChatClient>());
        Assert.Same(session, client.GetService<ITokenSession>());
        Assert.Same(session.Tokenizer, client.GetService<LlamaTokenizer>());
        Assert.Same(client.GetService<ChatClientMetadata>(), client.GetService<ChatClientMetadata>());
        Assert.Null(client.GetService<FunctionInvokingChatClient>());
        Assert.Null(client.GetService(typeof(IChatClient), "a key"));
        Assert.Throws<ArgumentNullException>("serviceType", () => client.GetService(null!));
    }

    [Theory]
    [InlineData(null, "http://127.0.0.1/")]
    [InlineData("http://gpu.example:8000/v1", "http://gpu.example:8000/v1")]
    public void Metadata_NamesProviderEndpointAndModel(string? endpoint, string expected)
    {
        ScriptedTokenSession session = new(Scripted.Tokenizer)
        {
            Model = ScriptedTokenSession.CreateModel(endpoint: endpoint is null ? null : new Uri(endpoint)),
        };
        using LlamaFp4ChatClient client = new(session);
        using LlamaFp4ChatClient renamed = new(session, new LlamaFp4ChatClientOptions { ModelId = "llama" });

        var metadata = client.GetService<ChatClientMetadata>()!;

        Assert.Equal("llamafp4", metadata.ProviderName);
        Assert.Equal(expected, metadata.ProviderUri!.ToString());
        Assert.Equal("scripted-model", metadata.DefaultModelId);
        Assert.Equal("llama", renamed.GetService<ChatClientMetadata>()!.DefaultModelId);
    }

    [Fact]
    public async Task Dispose_Twice_LeavesTheSessionAlone()
    {
        var session = Scripted.Saying("Hi");
        var client = session.AsIChatClient();

        client.Dispose();
        client.Dispose();

        Assert.Equal("Hi", (await session.AsIChatClient().AskAsync("Hello")).Text);
    }

    [Fact]
    public async Task AsIChatClient_TakesDefaults()
    {
        using var client = Scripted.Saying("Hi").AsIChatClient(new LlamaFp4ChatClientOptions { ModelId = "my-llama" });

        var response = await client.AskAsync("Hello");

        Assert.Equal("my-llama", response.ModelId);
    }

    [Fact]
    public async Task Constructor_OptionsChangedLater_ChangeNothing()
    {
        var session = Scripted.Saying("Hi");
        LlamaFp4ChatClientOptions options = new() { Temperature = 0.5f };
        using LlamaFp4ChatClient client = new(session, options);
        options.Temperature = 2;

        await client.AskAsync("Hello");

        Assert.Equal(0.5f, session.Requests[0].Sampling.Temperature);
    }
}
