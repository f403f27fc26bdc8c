using LlamaFp4.Native.Sessions;
using LlamaFp4.Tests.Shared;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using ModelContextProtocol.Server;

namespace LlamaFp4.Extensions.Tests.Conformance;

/// <summary>Tools of a Model Context Protocol server, called by an agent of either framework.</summary>
public class McpToolTests
{
    private const string AddCall = """{"name": "add", "parameters": {"first": 2, "second": 3}}""";

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Agent_calls_it_and_the_model_reads_the_result(bool isStreamed)
    {
        await using var mcp = await McpPipe.ConnectAsync([Add], CancellationToken);
        var session = Saying(AddCall, "It is 5.");
        ChatClientAgent agent = new(session.AsIChatClient(), tools: [.. await mcp.Client.ListToolsAsync(cancellationToken: CancellationToken)]);

        var response = isStreamed
            ? await agent.RunStreamingAsync("What is 2 plus 3?", cancellationToken: CancellationToken).ToAgentResponseAsync(CancellationToken)
            : await agent.RunAsync("What is 2 plus 3?", cancellationToken: CancellationToken);

        Assert.Equal("It is 5.", response.Text);
        Assert.Contains("Adds two numbers", session.PromptText(0), StringComparison.Ordinal);
        Assert.EndsWith("""{"output": "sum: 5"}<|eot_id|><|start_header_id|>assistant<|end_header_id|>""" + "\n\n", session.PromptText(1), StringComparison.Ordinal);
        var signature = Assert.Single(Assert.IsType<ToolCallGuide>(session.Requests[0].Guide).Tools);
        Assert.Equal(["first", "second"], signature.Parameters.GetProperty("properties").EnumerateObject().Select(property => property.Name));
    }

    [Fact]
    public async Task Kernel_calls_it_as_a_function_of_a_plugin()
    {
        await using var mcp = await McpPipe.ConnectAsync([Add], CancellationToken);
        var session = Saying("""{"name": "Numbers_add", "parameters": {"first": 2, "second": 3}}""", "It is 5.");
        var builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton<ITokenSession>(session);
        builder.AddLlamaFp4ChatCompletion();
        var kernel = builder.Build();
        var tools = await mcp.Client.ListToolsAsync(cancellationToken: CancellationToken);
        kernel.Plugins.AddFromFunctions("Numbers", tools.Select(tool => tool.AsKernelFunction()));
        PromptExecutionSettings settings = new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };

        var answer = await kernel.InvokePromptAsync("What is 2 plus 3?", new(settings), cancellationToken: CancellationToken);

        Assert.Equal("It is 5.", answer.ToString());
        Assert.Contains("sum: 5", session.PromptText(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failure_in_the_server_is_told_to_the_model()
    {
        await using var mcp = await McpPipe.ConnectAsync([Add], CancellationToken);
        var session = Saying("""{"name": "add", "parameters": {"first": 2, "second": -1}}""", "That did not work.");
        ChatClientAgent agent = new(session.AsIChatClient(), tools: [.. await mcp.Client.ListToolsAsync(cancellationToken: CancellationToken)]);

        var response = await agent.RunAsync("What is 2 plus -1?", cancellationToken: CancellationToken);

        Assert.Equal("That did not work.", response.Text);
        Assert.Contains("rror", session.PromptText(1), StringComparison.Ordinal);
    }

    private static McpServerTool Add => McpServerTool.Create(
        (int first, int second) => second >= 0 ? $"sum: {first + second}" : throw new ArgumentException("Only counting numbers."),
        new() { Name = "add", Description = "Adds two numbers" });

    private static ScriptedTokenSession Saying(params string[] answers)
    {
        var tokenizer = TinyTokenizer.Create();
        return new ScriptedTokenSession(tokenizer, [.. answers.Select(answer => ScriptedAnswer.Of(tokenizer, answer))])
        {
            Model = ScriptedTokenSession.CreateModel(SessionFeatures.ToolCallGuide),
        };
    }
}
