using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using FunctionCallContent = Microsoft.SemanticKernel.FunctionCallContent;

namespace LlamaFp4.Extensions.Tests.SemanticKernel;

/// <summary>
/// Semantic Kernel's own bridge over our client, where it differs from our service: what docs/semantic-kernel.md says of it. When one of these fails after an upgrade, our
/// service has one reason less.
/// </summary>
public class BridgeTests
{
    private const string BothCalls = """{"name": "Lights_TurnOn", "parameters": {"room": "hall"}}; {"name": "Lights_TurnOn", "parameters": {"room": "bath"}}""";

    private readonly PromptExecutionSettings _manual = new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto(autoInvoke: false) };
    private readonly Kernel _kernel = new();

    public BridgeTests() => _kernel.Plugins.AddFromType<Lights>();

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_returned_call_has_no_plugin()
    {
        var answer = await Bridge(BothCalls).GetChatMessageContentAsync("Light!", _manual, _kernel, CancellationToken);

        var call = FunctionCallContent.GetFunctionCalls(answer).First();
        Assert.Null(call.PluginName);
        Assert.Equal("Lights_TurnOn", call.FunctionName);
    }

    [Fact]
    public async Task Parallel_streamed_calls_share_an_index()
    {
        FunctionCallContentBuilder calls = new();
        await foreach (var part in Bridge(BothCalls).GetStreamingChatMessageContentsAsync("Light!", _manual, _kernel, CancellationToken))
        {
            calls.Append(part);
        }

        var only = Assert.Single(calls.Build());
        Assert.NotNull(only.Exception);
    }

    [Fact]
    public async Task Parallel_streamed_calls_stand_apart_in_the_history()
    {
        ChatHistory history = new("Light!", AuthorRole.User);
        await foreach (var _ in Bridge(BothCalls).GetStreamingChatMessageContentsAsync(history, _manual, _kernel, CancellationToken))
        {
        }

        Assert.Equal(["user", "assistant", "assistant"], history.Select(message => message.Role.Label));
    }

    [Fact]
    public async Task Finish_reason_is_lost()
    {
        var answer = await Bridge("Hello").GetChatMessageContentAsync("Hi", cancellationToken: CancellationToken);

        Assert.Equal(["Usage"], answer.Metadata!.Keys);
    }

    [Fact]
    public async Task Without_a_kernel_calls_are_invoked_that_should_be_returned()
    {
        PromptExecutionSettings settings = new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto(_kernel.Plugins["Lights"], autoInvoke: false) };
        using var client = Client(BothCalls, "Done.").AsBuilder().UseKernelFunctionInvocation().Build();

        var answer = await client.AsChatCompletionService().GetChatMessageContentAsync("Light!", settings, kernel: null, CancellationToken);

        Assert.Equal("Done.", answer.Content);
    }

    private static IChatCompletionService Bridge(params string[] answers) => Client(answers).AsChatCompletionService();

    private static IChatClient Client(params string[] answers) => ScriptedTokenSession.Saying(TinyTokenizer.Create(), answers).AsIChatClient();

    private sealed class Lights
    {
        [KernelFunction]
        public static string TurnOn(string room) => $"{room} on";
    }
}
