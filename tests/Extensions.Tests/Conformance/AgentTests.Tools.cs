using LlamaFp4.Native.Sessions;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Extensions.Tests.Conformance;

/// <content>Tools beside structured output, tools that ask first, agents as tools.</content>
public abstract partial class AgentTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Structured_output_beside_a_tool_calls_the_tool_first(bool isStreamed)
    {
        var session = Saying("""{"name": "GetPrice", "parameters": {"item": "Soup"}}""", """{"name": "Soup", "price": 9}""");
        var agent = CreateAgent(session, AIFunctionFactory.Create((string item) => $"{item} costs 9", "GetPrice", "Gets a price"));
        ChatClientAgentRunOptions options = new(new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema<Dish>() });

        var response = isStreamed
            ? await agent.RunStreamingAsync("Recommend a dish.", options: options, cancellationToken: CancellationToken).ToAgentResponseAsync(CancellationToken)
            : await agent.RunAsync("Recommend a dish.", options: options, cancellationToken: CancellationToken);

        Assert.Equal("""{"name": "Soup", "price": 9}""", response.Text);
        Assert.Equal(["assistant", "tool", "assistant"], response.Messages.Select(message => message.Role.Value));
        Assert.All(session.Requests, request => Assert.NotNull(Assert.IsType<ToolCallGuide>(request.Guide).ResponseSchema));
    }

    [Theory]
    [InlineData(true, "Ordered 2.")]
    [InlineData(false, "Nothing was ordered.")]
    public async Task Tool_that_needs_approval_runs_only_with_it(bool isApproved, string expected)
    {
        List<int> ordered = [];
        var order = AIFunctionFactory.Create((int count) => ordered.Add(count), "Order", "Orders soups");
        var session = Saying("""{"name": "Order", "parameters": {"count": 2}}""", expected);
        var agent = CreateAgent(session, new ApprovalRequiredAIFunction(order));
        var conversation = await agent.CreateSessionAsync(CancellationToken);

        var question = await agent.RunAsync("Two soups, please.", conversation, cancellationToken: CancellationToken);
        var request = Assert.Single(question.Messages.SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>());
        Assert.Empty(ordered);
        var answer = await agent.RunAsync(new ChatMessage(ChatRole.User, [request.CreateResponse(isApproved)]), conversation, cancellationToken: CancellationToken);

        Assert.Equal(expected, answer.Text);
        Assert.Equal(isApproved ? [2] : [], ordered);
    }

    [Fact]
    public async Task Agent_is_a_tool_of_another_agent()
    {
        var cook = new ChatClientAgent(CreateClient(Saying("Clam Chowder")), "You are the cook.", "Cook", "Knows the specials");
        var session = Saying("""{"name": "Cook", "parameters": {"query": "What is special?"}}""", "The cook says Clam Chowder.");
        var waiter = CreateAgent(session, cook.AsAIFunction());

        var response = await waiter.RunAsync("What is special?", cancellationToken: CancellationToken);

        Assert.Equal("The cook says Clam Chowder.", response.Text);
        Assert.Contains("Clam Chowder", session.PromptText(1), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Usage_is_the_sum_of_all_rounds(bool isStreamed)
    {
        var session = Saying("""{"name": "GetSpecials", "parameters": {}}""", "Soup.");
        var agent = CreateAgent(session, AIFunctionFactory.Create(() => "Soup", "GetSpecials", "Gets the specials"));

        var response = await RunAsync(agent, [new(ChatRole.User, "What is special?")], null, isStreamed);

        Assert.Equal(session.Requests.Sum(request => request.PromptTokenIds.Length), response.Usage!.InputTokenCount);
        Assert.Equal(response.Usage.InputTokenCount + response.Usage.OutputTokenCount, response.Usage.TotalTokenCount);
    }

    [Fact]
    public async Task Streamed_answer_comes_in_pieces_that_carry_their_ids()
    {
        var agent = CreateAgent(Saying("Welcome to our house"));

        List<AgentResponseUpdate> updates = [];
        await foreach (var update in agent.RunStreamingAsync("Hello", cancellationToken: CancellationToken))
        {
            updates.Add(update);
        }

        Assert.True(updates.Count(update => update.Text.Length > 0) > 1);
        Assert.Equal("Welcome to our house", string.Concat(updates.Select(update => update.Text)));
        Assert.Single(updates.Select(update => update.MessageId).Distinct());
        Assert.All(updates, update => Assert.Equal("Waiter", update.AuthorName));
        Assert.All(updates, update => Assert.False(string.IsNullOrEmpty(update.ResponseId)));
    }
}
