using System.ComponentModel;
using System.Text;
using System.Text.Json.Nodes;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace LlamaFp4.Extensions.Tests.SemanticKernel;

public class KernelTests
{
    private const string TurnOnCall = """{"name": "Lights_TurnOn", "parameters": {"room": "kitchen"}}""";

    private readonly PromptExecutionSettings _auto = new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Chat_completion_runs_the_plugin_and_answers_from_its_result()
    {
        var session = Saying(TurnOnCall, "It is on.");
        var kernel = Build(session);
        var chat = kernel.GetRequiredService<IChatCompletionService>();
        var history = new ChatHistory();
        history.AddUserMessage("Turn on the light in the kitchen.");

        var answer = await chat.GetChatMessageContentAsync(history, _auto, kernel, CancellationToken);

        Assert.Equal("It is on.", answer.Content);
        Assert.Equal([AuthorRole.User, AuthorRole.Assistant, AuthorRole.Tool], history.Select(message => message.Role));
        Assert.Contains("The kitchen light is on.", session.PromptText(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_completion_streams_around_the_call()
    {
        var session = Saying(TurnOnCall, "It is on.");
        var kernel = Build(session);
        var chat = kernel.GetRequiredService<IChatCompletionService>();
        var history = new ChatHistory();
        history.AddUserMessage("Turn on the light in the kitchen.");

        List<StreamingChatMessageContent> chunks = [];
        await foreach (var chunk in chat.GetStreamingChatMessageContentsAsync(history, _auto, kernel, CancellationToken))
        {
            chunks.Add(chunk);
        }

        Assert.Equal("It is on.", string.Concat(chunks.Select(chunk => chunk.Content)));
        Assert.True(chunks.Count(chunk => !string.IsNullOrEmpty(chunk.Content)) > 1);
        var call = Assert.Single(chunks.SelectMany(chunk => chunk.Items.OfType<StreamingFunctionCallUpdateContent>()));
        Assert.Equal("Lights-TurnOn", call.Name);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"room": "kitchen"}"""), JsonNode.Parse(call.Arguments!)), call.Arguments);
        Assert.Equal(2, chunks.Count(chunk => chunk.Metadata?.GetValueOrDefault("Usage") is UsageDetails));
    }

    [Fact]
    public async Task Filters_see_each_call_by_plugin_and_function()
    {
        var filter = new RecordingFilter();
        var kernel = Build(Saying(TurnOnCall, "It is on."), filter);

        await kernel.InvokePromptAsync("Turn on the light in the kitchen.", new(_auto), cancellationToken: CancellationToken);

        Assert.Equal(["Lights.TurnOn(kitchen) = The kitchen light is on."], filter.Calls);
    }

    [Fact]
    public async Task Filters_may_end_the_tool_loop()
    {
        var session = Saying(TurnOnCall);
        var kernel = Build(session, new RecordingFilter { Terminate = true });
        var history = new ChatHistory();
        history.AddUserMessage("Turn on the light in the kitchen.");

        await kernel.GetRequiredService<IChatCompletionService>().GetChatMessageContentAsync(history, _auto, kernel, CancellationToken);

        Assert.Single(session.Requests);
    }

    [Fact]
    public async Task Prompt_function_lets_the_model_choose_a_plugin()
    {
        var session = Saying(TurnOnCall, "It is on.");
        var kernel = Build(session);

        var answer = await kernel.InvokePromptAsync("Turn on the light in the {{$room}}.", new(_auto) { ["room"] = "kitchen" }, cancellationToken: CancellationToken);

        Assert.Equal("It is on.", answer.ToString());
        Assert.Contains("\"name\": \"Lights_TurnOn\"", session.PromptText(0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prompt_function_streams()
    {
        var kernel = Build(Saying(TurnOnCall, "It is on."));

        var answer = new StringBuilder();
        await foreach (var chunk in kernel.InvokePromptStreamingAsync<string>("Turn on the light.", new(_auto), cancellationToken: CancellationToken))
        {
            answer.Append(chunk);
        }

        Assert.Equal("It is on.", answer.ToString());
    }

    [Fact]
    public async Task Call_that_is_not_to_be_invoked_is_returned()
    {
        var session = Saying(TurnOnCall);
        var kernel = Build(session);
        var settings = new PromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto(autoInvoke: false) };
        var history = new ChatHistory();
        history.AddUserMessage("Turn on the light in the kitchen.");

        var answer = await kernel.GetRequiredService<IChatCompletionService>().GetChatMessageContentAsync(history, settings, kernel, CancellationToken);

        Assert.Single(answer.Items.OfType<Microsoft.SemanticKernel.FunctionCallContent>());
        Assert.Single(session.Requests);
    }

    [Fact]
    public async Task Failing_plugin_is_told_to_the_model()
    {
        var session = Saying("""{"name": "Lights_Break", "parameters": {}}""", "That did not work.");
        var kernel = Build(session);

        var answer = await kernel.InvokePromptAsync("Break it.", new(_auto), cancellationToken: CancellationToken);

        Assert.Equal("That did not work.", answer.ToString());
        Assert.Contains("Error: ", session.PromptText(1), StringComparison.Ordinal);
    }

    [Fact]
    public void Chat_client_is_there_without_a_chat_completion_service()
    {
        var builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton<ITokenSession>(Saying(""));
        builder.AddLlamaFp4ChatClient();
        var kernel = builder.Build();

        Assert.NotNull(kernel.GetRequiredService<IChatClient>().GetService<FunctionInvokingChatClient>());
        Assert.Null(kernel.Services.GetService<IChatCompletionService>());
    }

    [Fact]
    public void Service_id_is_the_key_of_both_services()
    {
        var builder = Kernel.CreateBuilder();
        builder.Services.AddKeyedSingleton<ITokenSession>("house", Saying(""));
        builder.AddLlamaFp4ChatCompletion(options => options.ModelId = "house-model", serviceId: "house");
        var kernel = builder.Build();

        var chat = kernel.GetRequiredService<IChatCompletionService>("house");

        Assert.Equal("house-model", chat.Attributes["ModelId"]);
        Assert.NotNull(kernel.GetRequiredService<IChatClient>("house"));
        Assert.Null(kernel.Services.GetService<IChatCompletionService>());
    }

    [Fact]
    public async Task Kernel_with_logging_logs_each_round_to_the_model()
    {
        var session = Saying(TurnOnCall, "It is on.");
        var builder = Kernel.CreateBuilder();
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug).AddFakeLogging());
        builder.Services.AddSingleton<ITokenSession>(session);
        builder.AddLlamaFp4ChatCompletion();
        builder.Plugins.AddFromType<LightsPlugin>("Lights");
        var kernel = builder.Build();

        await kernel.InvokePromptAsync("Turn on the light in the kitchen.", new(_auto), cancellationToken: CancellationToken);

        var logs = kernel.Services.GetFakeLogCollector().GetSnapshot();
        Assert.Equal(2, logs.Count(record => record.Category == typeof(LoggingChatClient).FullName && record.Message == "GetResponseAsync completed."));
    }

    private static ScriptedTokenSession Saying(params string[] answers) => ScriptedTokenSession.Saying(TinyTokenizer.Create(), answers);

    private static Kernel Build(ITokenSession session, IAutoFunctionInvocationFilter? filter = null)
    {
        var builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton(session);
        builder.AddLlamaFp4ChatCompletion();
        builder.Plugins.AddFromType<LightsPlugin>("Lights");
        if (filter is not null)
        {
            builder.Services.AddSingleton(filter);
        }

        return builder.Build();
    }

    private sealed class LightsPlugin
    {
        [KernelFunction, Description("Turns on the light in a room")]
        public static string TurnOn([Description("The room")] string room) => $"The {room} light is on.";

        [KernelFunction, Description("Breaks")]
        public static string Break() => throw new InvalidOperationException("The fuse has blown.");
    }

    private sealed class RecordingFilter : IAutoFunctionInvocationFilter
    {
        public bool Terminate { get; init; }

        public List<string> Calls { get; } = [];

        public async Task OnAutoFunctionInvocationAsync(AutoFunctionInvocationContext context, Func<AutoFunctionInvocationContext, Task> next)
        {
            await next(context);
            Calls.Add($"{context.Function.PluginName}.{context.Function.Name}({context.Arguments!["room"]}) = {context.Result}");
            context.Terminate = Terminate;
        }
    }
}
