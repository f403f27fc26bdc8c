using System.ComponentModel;
using System.Text.Json;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Server;

namespace LlamaFp4.Extensions.Tests.Conformance;

/// <summary>An agent and an MCP server with the real pocket model; only what it does without fail.</summary>
public sealed class PocketAgentTests : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly List<string> _rooms = [];

    public PocketAgentTests()
    {
        ServiceCollection services = [];
        services.AddLlamaFp4ChatClient(options => options.Temperature = 0).UseFunctionInvocation();
        _services = services.BuildServiceProvider();
    }

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Agent_calls_its_tool_and_answers_from_the_result(bool isStreamed)
    {
        var agent = CreateAgent();

        var response = isStreamed
            ? await agent.RunStreamingAsync("Turn on the light in the kitchen.", cancellationToken: CancellationToken).ToAgentResponseAsync(CancellationToken)
            : await agent.RunAsync("Turn on the light in the kitchen.", cancellationToken: CancellationToken);

        Assert.Equal(["kitchen"], _rooms);
        Assert.Contains("kitchen", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_taken_up_from_json_reuses_the_cached_prefix()
    {
        var agent = CreateAgent();
        var session = await agent.CreateSessionAsync(CancellationToken);
        var first = await agent.RunAsync("Turn on the light in the kitchen.", session, cancellationToken: CancellationToken);
        var json = await agent.SerializeSessionAsync(session, cancellationToken: CancellationToken);

        var restarted = CreateAgent();
        var resumed = await restarted.DeserializeSessionAsync(JsonElement.Parse(json.GetRawText()), cancellationToken: CancellationToken);
        var second = await restarted.RunAsync("Turn on the light in the bedroom.", resumed, cancellationToken: CancellationToken);

        Assert.Equal(["kitchen", "bedroom"], _rooms);
        Assert.True(second.Usage!.CachedInputTokenCount > first.Usage!.InputTokenCount / 2, $"{second.Usage.CachedInputTokenCount} cached");
    }

    [Fact]
    public async Task Agent_calls_a_tool_of_an_mcp_server()
    {
        await using var mcp = await McpPipe.ConnectAsync([McpServerTool.Create(TurnOn, new() { Name = "turn_on_light" })], CancellationToken);
        var tools = await mcp.Client.ListToolsAsync(cancellationToken: CancellationToken);
        ChatClientAgent agent = new(_services.GetRequiredService<IChatClient>(), "You are the voice of a house.", tools: [.. tools]);

        var response = await agent.RunAsync("Turn on the light in the kitchen.", cancellationToken: CancellationToken);

        Assert.Equal(["kitchen"], _rooms);
        Assert.Contains("kitchen", response.Text, StringComparison.Ordinal);
    }

    private ChatClientAgent CreateAgent() =>
        new(_services.GetRequiredService<IChatClient>(), "You are the voice of a house.", "House", tools: [AIFunctionFactory.Create(TurnOn, "turn_on_light")]);

    [Description("Turns on the light in a room")]
    private string TurnOn([Description("The room")] string room)
    {
        _rooms.Add(room);
        return $"The {room} light is on.";
    }
}
