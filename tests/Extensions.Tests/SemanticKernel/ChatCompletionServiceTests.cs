using LlamaFp4.Extensions.SemanticKernel;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Provider;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using FunctionCallContent = Microsoft.SemanticKernel.FunctionCallContent;
using FunctionResultContent = Microsoft.SemanticKernel.FunctionResultContent;

namespace LlamaFp4.Extensions.Tests.SemanticKernel;

/// <summary>What an answer holds beside its text, and what a call leaves in the history.</summary>
public partial class ChatCompletionServiceTests
{
    private const string TurnOnCall = """{"name": "My_Lights_Turn_On", "parameters": {"room": "kitchen"}}""";
    private const string TurnOffCall = """{"name": "My_Lights_Turn_Off", "parameters": {"room": "hall"}}""";

    private readonly Kernel _kernel = CreateKernel();

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answer_carries_ids_usage_and_finish_reason()
    {
        var tokenizer = TinyTokenizer.Create();
        using ScriptedTokenSession session = new(tokenizer, ScriptedAnswer.Of(tokenizer, "Hi", cachedPromptTokens: 3));

        var answer = await Service(session).GetChatMessageContentAsync("Hello", cancellationToken: CancellationToken);

        Assert.Equal("Hi", answer.Content);
        Assert.Equal(AuthorRole.Assistant, answer.Role);
        Assert.Equal("scripted-model", answer.ModelId);
        var usage = Assert.IsType<UsageDetails>(answer.Metadata!["Usage"]);
        Assert.Equal(3, usage.CachedInputTokenCount);
        Assert.Equal(usage.InputTokenCount + usage.OutputTokenCount, usage.TotalTokenCount);
        Assert.Equal("stop", answer.Metadata["FinishReason"]);
        Assert.StartsWith("resp_", Assert.IsType<string>(answer.Metadata["Id"]), StringComparison.Ordinal);
        Assert.IsType<DateTimeOffset>(answer.Metadata["CreatedAt"]);
        Assert.IsType<LlamaFp4ResponseDetails>(answer.InnerContent);
    }

    [Fact]
    public async Task Answer_carries_log_probabilities_and_the_stop_sequence_if_asked_for()
    {
        var service = Service(Saying("Hi. END of it"));
        LlamaFp4PromptExecutionSettings settings = new() { LogProbabilities = true, StopSequences = ["END"] };

        var answer = await service.GetChatMessageContentAsync("Hello", settings, cancellationToken: CancellationToken);

        Assert.Equal("Hi. ", answer.Content);
        Assert.Equal("END", answer.Metadata!["StopSequence"]);
        Assert.All(Assert.IsType<IReadOnlyList<TokenLogProbability>>(answer.Metadata["LogProbabilities"], exactMatch: false), one => Assert.Equal(-0.5f, one.LogProbability));
    }

    [Fact]
    public async Task Answer_without_them_has_no_such_keys()
    {
        var answer = await Service(Saying("Hi")).GetChatMessageContentAsync("Hello", cancellationToken: CancellationToken);

        Assert.Equal(["CreatedAt", "FinishReason", "Id", "Usage"], answer.Metadata!.Keys.Order());
    }

    [Fact]
    public async Task Stream_carries_them_once_on_its_last_part_and_log_probabilities_on_the_way()
    {
        LlamaFp4PromptExecutionSettings settings = new() { LogProbabilities = true };

        var parts = await CollectAsync(Service(Saying("Hello there")), new ChatHistory("Hi", AuthorRole.User), settings, kernel: null);

        Assert.Equal("Hello there", string.Concat(parts.Select(part => part.Content)));
        Assert.All(parts, part => Assert.Equal(AuthorRole.Assistant, part.Role));
        var last = Assert.Single(parts, part => part.Metadata?.ContainsKey("Usage") is true);
        Assert.Same(parts[^1], last);
        Assert.IsType<UsageDetails>(last.Metadata!["Usage"]);
        Assert.Equal("stop", last.Metadata["FinishReason"]);
        var probabilities = parts.Select(part => part.Metadata?.GetValueOrDefault("LogProbabilities")).OfType<IReadOnlyList<TokenLogProbability>>();
        Assert.Equal(TinyTokenizer.Create().Encode("Hello there"), probabilities.SelectMany(list => list).Select(one => one.TokenId));
    }

    [Fact]
    public async Task Parts_that_are_only_text_have_no_metadata()
    {
        var parts = await CollectAsync(Service(Saying("Hello there")), new ChatHistory("Hi", AuthorRole.User), settings: null, kernel: null);

        Assert.All(parts.SkipLast(1), part => Assert.Null(part.Metadata));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Parallel_calls_stand_in_one_message_and_their_results_in_the_next(bool isStreamed)
    {
        var session = Saying($"{TurnOnCall}; {TurnOffCall}", "Done.");
        ChatHistory history = new("Turn on the kitchen light and turn off the hall light.", AuthorRole.User);

        await AskAsync(Service(session), history, Auto(), _kernel, isStreamed);

        Assert.Equal(["user", "assistant", "tool"], history.Select(message => message.Role.Label));
        var calls = FunctionCallContent.GetFunctionCalls(history[1]).ToList();
        Assert.Equal(["My_Lights.Turn_On", "My_Lights.Turn_Off"], calls.Select(call => $"{call.PluginName}.{call.FunctionName}"));
        Assert.Equal("kitchen", calls[0].Arguments!["room"]?.ToString());
        Assert.Null(calls[0].Exception);
        var results = history[2].Items.Cast<FunctionResultContent>().ToList();
        Assert.Equal(["My_Lights.Turn_On", "My_Lights.Turn_Off"], results.Select(result => $"{result.PluginName}.{result.FunctionName}"));
        Assert.Equal(calls.Select(call => call.Id), results.Select(result => result.CallId));
        Assert.Equal(["kitchen on", "hall off"], results.Select(result => result.Result?.ToString()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_round_leaves_its_call_and_its_result_once(bool isStreamed)
    {
        var history = Question();

        await AskAsync(Service(Saying(TurnOnCall, TurnOffCall, "Done.")), history, Auto(), _kernel, isStreamed);

        Assert.Equal(["user", "assistant", "tool", "assistant", "tool"], history.Select(message => message.Role.Label));
        Assert.Equal(["Turn_On", "Turn_Off"], history.SelectMany(FunctionCallContent.GetFunctionCalls).Select(call => call.FunctionName));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Text_before_a_call_stays_with_the_call(bool isStreamed)
    {
        var session = Saying($"Let me see. <|python_tag|>{TurnOnCall}", "Done.");
        ChatHistory history = new("Turn on the kitchen light.", AuthorRole.User);

        await AskAsync(Service(session), history, Auto(), _kernel, isStreamed);

        Assert.Equal("Let me see. ", history[1].Content);
        Assert.Single(FunctionCallContent.GetFunctionCalls(history[1]));
    }

    [Fact]
    public async Task Buffered_usage_is_the_sum_of_all_rounds_and_streamed_usage_that_of_each()
    {
        var buffered = await Service(Saying(TurnOnCall, "Done.")).GetChatMessageContentAsync(Question(), Auto(), _kernel, CancellationToken);
        var streamed = await CollectAsync(Service(Saying(TurnOnCall, "Done.")), Question(), Auto(), _kernel);

        var rounds = streamed.Select(part => part.Metadata?.GetValueOrDefault("Usage")).OfType<UsageDetails>().ToList();
        Assert.Equal(2, rounds.Count);
        Assert.Equal(((UsageDetails)buffered.Metadata!["Usage"]!).OutputTokenCount, rounds.Sum(usage => usage.OutputTokenCount));
        Assert.Equal(["tool_calls", "stop"], streamed.Select(part => part.Metadata?.GetValueOrDefault("FinishReason")).OfType<string>());
    }

    [Fact]
    public async Task Streamed_calls_are_told_apart_by_round_and_index()
    {
        var session = Saying($"{TurnOnCall}; {TurnOffCall}", TurnOnCall, "Done.");

        var parts = await CollectAsync(Service(session), Question(), Auto(), _kernel);

        var calls = parts.SelectMany(part => part.Items.OfType<StreamingFunctionCallUpdateContent>()).ToList();
        Assert.Equal([(0, 0), (0, 1), (1, 0)], calls.Select(call => (call.RequestIndex, call.FunctionCallIndex)));
        FunctionCallContentBuilder builder = new();
        parts.ForEach(builder.Append);
        Assert.Equal(
            ["My_Lights.Turn_On(kitchen)", "My_Lights.Turn_Off(hall)", "My_Lights.Turn_On(kitchen)"],
            builder.Build().Select(call => $"{call.PluginName}.{call.FunctionName}({call.Arguments!["room"]})"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Calls_that_the_caller_invokes_lead_to_the_answer(bool isStreamed)
    {
        var session = Saying(TurnOnCall, "It is on.");
        var service = Service(session);
        var history = Question();
        PromptExecutionSettings settings = new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto(autoInvoke: false) };

        var calls = await CallsAsync(service, history, settings, _kernel, isStreamed);
        Assert.Single(history);
        history.Add(new ChatMessageContent(AuthorRole.Assistant, [.. calls]));
        foreach (var call in calls)
        {
            history.Add((await call.InvokeAsync(_kernel, CancellationToken)).ToChatMessage());
        }

        var answer = await service.GetChatMessageContentAsync(history, settings, _kernel, CancellationToken);

        Assert.Equal("It is on.", answer.Content);
        Assert.Contains(TurnOnCall, session.PromptText(1), StringComparison.Ordinal);
        Assert.Contains("kitchen on", session.PromptText(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task History_of_another_connector_is_told_by_tool_names()
    {
        var session = Saying("It is on.");
        var history = Question();
        FunctionCallContent call = new("Turn_On", "My_Lights", "call_1", new() { ["room"] = "kitchen" });
        history.Add(new ChatMessageContent(AuthorRole.Assistant, [call]));
        history.Add(new FunctionResultContent(call, "kitchen on").ToChatMessage());

        await Service(session).GetChatMessageContentAsync(history, Auto(), _kernel, CancellationToken);

        Assert.Contains(TurnOnCall, session.PromptText(0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_an_answer_reported_does_not_go_back_to_the_client()
    {
        IEnumerable<ChatMessage>? sent = null;
        using var client = Saying("Hi", "Ho").AsIChatClient().AsBuilder()
            .Use((messages, options, next, cancellationToken) =>
            {
                sent = messages;
                return next(messages, options, cancellationToken);
            })
            .Build();
        LlamaFp4ChatCompletionService service = new(client);
        ChatHistory history = new("Hello", AuthorRole.User);

        history.Add(await service.GetChatMessageContentAsync(history, cancellationToken: CancellationToken));
        history.Add(new ChatMessageContent(AuthorRole.User, "More", metadata: new Dictionary<string, object?> { ["mine"] = 1 }));
        await service.GetChatMessageContentAsync(history, cancellationToken: CancellationToken);

        Assert.Null(sent!.ElementAt(1).AdditionalProperties);
        Assert.Equal(1, sent!.ElementAt(2).AdditionalProperties!["mine"]);
    }
}
