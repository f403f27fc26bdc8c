#pragma warning disable xUnit1051 // The examples are what a newcomer writes, without cancellation.

using System.ComponentModel;
using System.Text.Json;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Client;

namespace LlamaFp4.Extensions.Tests.Examples;

/// <summary>The programs of docs/agent-framework.md, compiled and run. <see cref="DocumentationTests"/> compares the text.</summary>
public sealed class AgentFrameworkTests : IAsyncDisposable
{
    private readonly ServiceProvider _provider;

    public AgentFrameworkTests()
    {
        var services = new ServiceCollection();
        services.AddLlamaFp4ChatClient(options => options.Temperature = 0);
        _provider = services.BuildServiceProvider();
    }

    public ValueTask DisposeAsync() => _provider.DisposeAsync();

    [Fact]
    public async Task An_agent_calls_its_tool()
    {

        var services = new ServiceCollection();
        services.AddLlamaFp4ChatClient();

        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<IChatClient>();

        [Description("Turns on the light in a room")]
        static string TurnOn([Description("The room")] string room) => $"The {room} light is on.";

        var agent = new ChatClientAgent(client, "You are the voice of a house.", "House", tools: [AIFunctionFactory.Create(TurnOn)]);
        Console.WriteLine(await agent.RunAsync("Turn on the light in the kitchen."));

        Assert.Contains("kitchen", Console.Printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_streams()
    {
        var agent = CreateAgent();

        await foreach (var update in agent.RunStreamingAsync("Turn on the light in the kitchen."))
        {
            Console.Write(update.Text);
        }

        Assert.Contains("kitchen", Console.Printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_conversation_is_put_away_and_taken_up()
    {
        var agent = CreateAgent();

        var session = await agent.CreateSessionAsync();
        await agent.RunAsync("Turn on the light in the kitchen.", session);

        JsonElement saved = await agent.SerializeSessionAsync(session);

        var resumed = await agent.DeserializeSessionAsync(saved);
        Console.WriteLine(await agent.RunAsync("Turn on the light in the bedroom.", resumed));

        Assert.Contains("bedroom", Console.Printed, StringComparison.Ordinal);
    }

    /// <summary>Needs a model that knows dishes; the conformance tests run the same call with a script.</summary>
    internal static async Task StructuredOutput(ChatClientAgent agent)
    {

        var recipe = await agent.RunAsync<Recipe>("A recipe for pancakes, please.");
        Console.WriteLine(recipe.Result.Title);
    }

    internal sealed record Recipe(string Title, string[] Ingredients);

    [Fact]
    public async Task A_tool_asks_first()
    {
        var client = _provider.GetRequiredService<IChatClient>();

        [Description("Opens a door")]
        static string OpenDoor([Description("The door")] string door) => $"The {door} door is open.";

        var tool = new ApprovalRequiredAIFunction(AIFunctionFactory.Create(OpenDoor));
        var agent = new ChatClientAgent(client, "You are the voice of a house.", tools: [tool]);
        var session = await agent.CreateSessionAsync();
        var response = await agent.RunAsync("Open the garage door.", session);

        foreach (var request in response.Messages.SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>())
        {
            var call = (FunctionCallContent)request.ToolCall;
            Console.WriteLine($"May I call {call.Name}?");
            response = await agent.RunAsync(new ChatMessage(ChatRole.User, [request.CreateResponse(approved: true)]), session);
        }

        Assert.Contains("May I call", Console.Printed, StringComparison.Ordinal);
    }

    /// <summary>Needs Node.js; the conformance tests call a server through a pipe.</summary>
    internal static async Task McpServer(IChatClient client)
    {

        await using var mcp = await McpClient.CreateAsync(new StdioClientTransport(new()
        {
            Name = "files",
            Command = "npx",
            Arguments = ["-y", "@modelcontextprotocol/server-filesystem", "."],
        }));

        var agent = new ChatClientAgent(client, "You are a clerk.", tools: [.. await mcp.ListToolsAsync()]);
        Console.WriteLine(await agent.RunAsync("Which files are there?"));
    }

    [Fact]
    public void Agents_have_their_own_models()
    {
        var services = new ServiceCollection();

        services.AddKeyedLlamaFp4ChatClient("waiter", options => options.MaxOutputTokens = 256).UseOpenTelemetry();
        services.AddKeyedSingleton<AIAgent>("waiter", (provider, key) =>
            new ChatClientAgent(provider.GetRequiredKeyedService<IChatClient>(key), "You are a friendly waiter.", "waiter"));

        Assert.Contains(services, service => service.ServiceType == typeof(AIAgent) && service.ServiceKey is "waiter");
    }

    private ChatClientAgent CreateAgent()
    {
        [Description("Turns on the light in a room")]
        static string TurnOn([Description("The room")] string room) => $"The {room} light is on.";

        return new(_provider.GetRequiredService<IChatClient>(), "You are the voice of a house.", tools: [AIFunctionFactory.Create(TurnOn)]);
    }
}
