using System.ComponentModel;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Tests.Shared;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Extensions.Tests.Conformance;

/// <summary>What an agent of the Microsoft Agent Framework needs of its chat client. Its sessions are conversations; ours is the engine.</summary>
public abstract partial class AgentTests
{
    private const string Instructions = "You are a friendly waiter.";

    protected abstract IChatClient CreateClient(ITokenSession session);

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_without_a_message_sends_the_instructions(bool isStreamed)
    {
        var session = Saying("Welcome!");
        var agent = CreateAgent(session);

        var response = await RunAsync(agent, [], null, isStreamed);

        Assert.Equal("Welcome!", response.Text);
        Assert.Contains(Instructions, session.PromptText(0), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_with_a_message_gives_one_message_of_the_agent(bool isStreamed)
    {
        var agent = CreateAgent(Saying("Welcome!"));

        var response = await RunAsync(agent, [new(ChatRole.User, "Hello")], null, isStreamed);

        var message = Assert.Single(response.Messages);
        Assert.Equal("Welcome!", message.Text);
        Assert.False(string.IsNullOrEmpty(message.MessageId));
        Assert.Equal(agent.Id, response.AgentId);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_with_two_messages_in_a_row_gives_one_message(bool isStreamed)
    {
        var agent = CreateAgent(Saying("Welcome!"));

        var response = await RunAsync(agent, [new(ChatRole.User, "Hello"), new(ChatRole.User, "A table for two")], null, isStreamed);

        Assert.Single(response.Messages);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Two_turns_leave_four_messages_in_order(bool isStreamed)
    {
        var agent = CreateAgent(Saying("Welcome!", "The soup is good."));
        var session = await agent.CreateSessionAsync(CancellationToken);

        await RunAsync(agent, [new(ChatRole.User, "Hello")], session, isStreamed);
        await RunAsync(agent, [new(ChatRole.User, "What is good?")], session, isStreamed);

        Assert.True(session.TryGetInMemoryChatHistory(out var history));
        Assert.Equal(["Hello", "Welcome!", "What is good?", "The soup is good."], history.Select(message => message.Text));
        Assert.Equal(["user", "assistant", "user", "assistant"], history.Select(message => message.Role.Value));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_without_a_message_on_a_used_session_opens_a_new_turn(bool isStreamed)
    {
        var session = Saying("Welcome!", "Anything else?");
        var agent = CreateAgent(session);
        var conversation = await agent.CreateSessionAsync(CancellationToken);
        await RunAsync(agent, [new(ChatRole.User, "Hello")], conversation, isStreamed);

        var response = await RunAsync(agent, [], conversation, isStreamed);

        Assert.Equal("Anything else?", response.Text);
        Assert.EndsWith("<|start_header_id|>assistant<|end_header_id|>\n\n", session.PromptText(1), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Menu_dialogue_of_five_turns_runs_its_tools(bool isStreamed)
    {
        List<string> ran = [];
        var session = Saying(
            "Welcome!",
            """{"name": "GetSpecials", "parameters": {}}""", "The special soup is Clam Chowder.",
            """{"name": "GetPrice", "parameters": {"item": "Clam Chowder"}}""", "It costs $9.99.",
            "It is made of clams.",
            "Enjoy!");
        var agent = CreateAgent(
            session,
            AIFunctionFactory.Create([Description("Gets the specials")] () => Ran("specials", "Clam Chowder"), "GetSpecials"),
            AIFunctionFactory.Create([Description("Gets a price")] (string item) => Ran(item, "$9.99"), "GetPrice"));
        var conversation = await agent.CreateSessionAsync(CancellationToken);
        List<string> answers = [];

        foreach (var question in (string[])["Hello", "What is the special soup?", "What does it cost?", "What is in it?", "Thank you"])
        {
            answers.Add((await RunAsync(agent, [new(ChatRole.User, question)], conversation, isStreamed)).Text);
        }

        Assert.Equal(["Welcome!", "The special soup is Clam Chowder.", "It costs $9.99.", "It is made of clams.", "Enjoy!"], answers);
        Assert.Equal(["specials", "Clam Chowder"], ran);
        Assert.Contains("$9.99", session.PromptText(4), StringComparison.Ordinal);

        string Ran(string what, string result)
        {
            ran.Add(what);
            return result;
        }
    }

    [Fact]
    public async Task Structured_output_by_run_option()
    {
        var session = Saying("""{"dish": "Soup", "price": 9}""");
        var agent = CreateAgent(session);
        ChatClientAgentRunOptions options = new(new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema<Dish>() });

        var response = await agent.RunAsync("Recommend a dish.", options: options, cancellationToken: CancellationToken);

        Assert.Single(response.Messages);
        Assert.Equal("""{"dish": "Soup", "price": 9}""", response.Text);
        Assert.IsType<JsonSchemaGuide>(session.Requests[0].Guide);
    }

    [Fact]
    public async Task Structured_output_by_type()
    {
        var session = Saying("""{"name": "Soup", "price": 9}""", """{"data": 42}""");
        var agent = CreateAgent(session);

        var dish = await agent.RunAsync<Dish>("Recommend a dish.", cancellationToken: CancellationToken);
        var number = await agent.RunAsync<int>("How many guests are there?", cancellationToken: CancellationToken);

        Assert.Equal(new Dish("Soup", 9), dish.Result);
        Assert.Equal(42, number.Result);
        Assert.All(session.Requests, request => Assert.IsType<JsonSchemaGuide>(request.Guide));
    }

    private static ScriptedTokenSession Saying(params string[] answers)
    {
        var tokenizer = TinyTokenizer.Create();
        return new ScriptedTokenSession(tokenizer, [.. answers.Select(answer => ScriptedAnswer.Of(tokenizer, answer))])
        {
            Model = ScriptedTokenSession.CreateModel(SessionFeatures.ToolCallGuide | SessionFeatures.JsonSchemaGuide | SessionFeatures.JsonGuide),
        };
    }

    private ChatClientAgent CreateAgent(ScriptedTokenSession session, params AITool[] tools) =>
        new(CreateClient(session), Instructions, "Waiter", tools: tools);

    private static async Task<AgentResponse> RunAsync(AIAgent agent, ChatMessage[] messages, AgentSession? session, bool isStreamed) =>
        isStreamed
            ? await agent.RunStreamingAsync(messages, session, cancellationToken: CancellationToken).ToAgentResponseAsync(CancellationToken)
            : await agent.RunAsync(messages, session, cancellationToken: CancellationToken);

    private sealed record Dish(string Name, int Price);
}
