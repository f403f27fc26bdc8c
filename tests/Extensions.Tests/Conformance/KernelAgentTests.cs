using System.ComponentModel;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace LlamaFp4.Extensions.Tests.Conformance;

/// <summary>What an agent of Semantic Kernel needs of its chat completion service, buffered and streamed.</summary>
public abstract class KernelAgentTests
{
    private const string Instructions = "You are a friendly waiter.";
    private const string SpecialsCall = """{"name": "MenuPlugin_GetSpecials", "parameters": {}}""";

    /// <summary>Name of a called function in the messages that an agent sees.</summary>
    protected abstract string SpecialsFunctionName { get; }

    protected abstract void AddChatCompletion(IKernelBuilder builder);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_question_gets_its_answer_by_the_agents_name(bool isStreamed)
    {
        var agent = CreateAgent(Saying("The capital is Paris."));
        ChatHistory thread = [];

        var answer = await AskAsync(agent, thread, "What is the capital of France?", isStreamed);

        Assert.Equal("The capital is Paris.", answer);
        Assert.Equal("Waiter", thread[^1].AuthorName);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Instructions_alone_give_one_answer(bool isStreamed)
    {
        var session = Saying("Welcome!");
        var agent = CreateAgent(session);
        ChatHistory thread = [];

        await AskAsync(agent, thread, message: null, isStreamed);

        Assert.Equal(["Welcome!"], thread.Select(message => message.Content));
        Assert.Contains(Instructions, session.PromptText(0), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Two_turns_leave_four_messages_in_order(bool isStreamed)
    {
        var session = Saying("Welcome!", "The soup is good.");
        var agent = CreateAgent(session);
        ChatHistory thread = [];

        await AskAsync(agent, thread, "Hello", isStreamed);
        await AskAsync(agent, thread, "What is good?", isStreamed);

        Assert.Equal(["Hello", "Welcome!", "What is good?", "The soup is good."], thread.Select(message => message.Content));
        Assert.Equal(["user", "assistant", "user", "assistant"], thread.Select(message => message.Role.Label));
        Assert.Contains("Welcome!", session.PromptText(1), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Menu_dialogue_of_five_turns_stays_usable_with_tools(bool isStreamed)
    {
        var session = Saying(
            "Welcome!",
            SpecialsCall, "The special soup is Clam Chowder.",
            """{"name": "MenuPlugin_GetItemPrice", "parameters": {"menuItem": "Clam Chowder"}}""", "It costs $9.99.",
            SpecialsCall + """; {"name": "MenuPlugin_GetItemPrice", "parameters": {"menuItem": "Tea"}}""", "Chai Tea, $9.99.",
            "Enjoy!");
        var agent = CreateAgent(session);
        ChatHistory thread = [];
        List<string> answers = [];

        foreach (var question in (string[])["Hello", "What is the special soup?", "What does it cost?", "What is the special drink?", "Thank you"])
        {
            answers.Add(await AskAsync(agent, thread, question, isStreamed));
        }

        Assert.Equal(["Welcome!", "The special soup is Clam Chowder.", "It costs $9.99.", "Chai Tea, $9.99.", "Enjoy!"], answers);
        Assert.Equal(8, session.Requests.Count);
        Assert.Contains("""{"name": "MenuPlugin_GetItemPrice", "parameters": {"menuItem": "Clam Chowder"}}""", session.PromptText(7), StringComparison.Ordinal);
        Assert.Equal(2, session.PromptText(7).Split("Special Soup: Clam Chowder").Length - 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Arguments_of_the_agent_override_the_settings_of_its_service(bool isStreamed)
    {
        var session = Saying("Yes.");
        var agent = CreateAgent(session, new PromptExecutionSettings { ExtensionData = new Dictionary<string, object> { ["temperature"] = 0.5, ["max_tokens"] = 7 } });

        await AskAsync(agent, [], "Open?", isStreamed);

        Assert.Equal(0.5f, session.Requests[0].Sampling?.Temperature);
        Assert.Equal(7, session.Requests[0].MaxNewTokens);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Exactly_call_result_and_answer_are_notified(bool isStreamed)
    {
        var agent = CreateAgent(Saying(SpecialsCall, "The special soup is Clam Chowder."));
        List<ChatMessageContent> notified = [];
        agent.OnMessage = notified.Add;

        await AskAsync(agent, [], "What is the special soup?", isStreamed);

        Assert.Equal(3, notified.Count);
        Assert.Equal(SpecialsFunctionName, Assert.Single(notified[0].Items.OfType<FunctionCallContent>()).FunctionName);
        var result = Assert.Single(notified[1].Items.OfType<FunctionResultContent>());
        Assert.Contains("Clam Chowder", result.Result?.ToString(), StringComparison.Ordinal);
        Assert.Equal("The special soup is Clam Chowder.", notified[2].Content);
    }

    [Fact]
    public async Task Streamed_call_and_result_are_notified_before_any_text()
    {
        var agent = CreateAgent(Saying(SpecialsCall, "The special soup is Clam Chowder."));
        List<string> events = [];
        agent.OnMessage = message => events.Add(message.Role.Label);

        await foreach (var part in agent.InvokeStreamingAsync([], "What is the special soup?", TestContext.Current.CancellationToken))
        {
            if (!string.IsNullOrEmpty(part.Content) && !events.Contains("text"))
            {
                events.Add("text");
            }
        }

        Assert.Equal(["assistant", "tool", "text", "assistant"], events);
    }

    private static ScriptedTokenSession Saying(params string[] answers) => ScriptedTokenSession.Saying(TinyTokenizer.Create(), answers);

    private static async Task<string> AskAsync(KernelAgent agent, ChatHistory thread, string? message, bool isStreamed)
    {
        if (!isStreamed)
        {
            return (await agent.InvokeAsync(thread, message)).Content ?? "";
        }

        List<string?> parts = [];
        await foreach (var part in agent.InvokeStreamingAsync(thread, message, TestContext.Current.CancellationToken))
        {
            Assert.Equal("Waiter", part.AuthorName);
            parts.Add(part.Content);
        }

        return string.Concat(parts);
    }

    private KernelAgent CreateAgent(ITokenSession session, PromptExecutionSettings? settings = null)
    {
        var builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton(session);
        AddChatCompletion(builder);
        builder.Plugins.AddFromType<MenuPlugin>();
        settings ??= new PromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };
        return new KernelAgent(builder.Build(), "Waiter", Instructions, new KernelArguments(settings));
    }

    private sealed class MenuPlugin
    {
        [KernelFunction, Description("Provides a list of specials from the menu.")]
        public static string GetSpecials() => "Special Soup: Clam Chowder. Special Drink: Chai Tea.";

        [KernelFunction, Description("Provides the price of the requested menu item.")]
        public static string GetItemPrice([Description("The name of the menu item.")] string menuItem) => $"{menuItem}: $9.99";
    }
}
