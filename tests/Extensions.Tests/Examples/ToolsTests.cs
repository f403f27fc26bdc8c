#pragma warning disable xUnit1051 // The examples are what a newcomer writes, without cancellation.

using System.ComponentModel;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Provider;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlamaFp4.Extensions.Tests.Examples;

/// <summary>The programs of docs/tools.md and docs/sessions.md, compiled and run. <see cref="DocumentationTests"/> compares the text.</summary>
public sealed class ToolsTests : IAsyncDisposable
{
    private readonly ServiceProvider _raw = Provide(services => services.AddLlamaFp4ChatClient(options => options.Temperature = 0));
    private readonly ServiceProvider _pipeline = Provide(services => services.AddLlamaFp4ChatClient(options => options.Temperature = 0).UseFunctionInvocation());

    public async ValueTask DisposeAsync()
    {
        await _raw.DisposeAsync();
        await _pipeline.DisposeAsync();
    }

    [Fact]
    public void The_loop_is_configured()
    {
        var services = new ServiceCollection();

        services.AddLlamaFp4ChatClient().UseFunctionInvocation(configure: loop =>
        {
            loop.MaximumIterationsPerRequest = 8;
            loop.AllowConcurrentInvocation = true;
            loop.IncludeDetailedErrors = true;
        });

        using var provider = services.BuildServiceProvider();
        Assert.Equal(8, provider.GetRequiredService<IChatClient>().GetService<FunctionInvokingChatClient>()!.MaximumIterationsPerRequest);
    }

    [Fact]
    public async Task A_method_is_a_tool()
    {
        var client = Client(_pipeline);

        [Description("Gets the current weather for a city")]
        static string GetWeather([Description("Name of the city")] string city) => "6 degrees and snowy";

        var options = new ChatOptions { Tools = [AIFunctionFactory.Create(GetWeather)] };
        var response = await client.GetResponseAsync("What is the weather in Oslo?", options);

        Assert.Contains("snowy", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_required_tool_is_called()
    {
        var client = Client(_raw);
        var options = Weather();

        options.ToolMode = ChatToolMode.Auto;                              // may: the default
        options.ToolMode = ChatToolMode.RequireAny;                        // must call, whichever
        options.ToolMode = ChatToolMode.RequireSpecific("GetWeather");     // must call this one
        options.ToolMode = ChatToolMode.None;                              // knows them, calls none
        options.AllowMultipleToolCalls = false;                            // at most one call an answer

        options.ToolMode = ChatToolMode.RequireSpecific("GetWeather");
        var response = await client.GetResponseAsync("Good morning!", options);

        Assert.Equal("GetWeather", Assert.Single(Calls(response)).Name);
    }

    [Fact]
    public async Task One_of_some_tools_is_called()
    {
        var client = Client(_raw);
        AIFunction openDoor = AIFunctionFactory.Create(OpenDoor), callFireBrigade = AIFunctionFactory.Create(() => "called", "CallFireBrigade");
        var options = Weather();
        options.Tools = [.. options.Tools!, openDoor, callFireBrigade];

        AIFunction[] urgent = [openDoor, callFireBrigade];

        options.RawRepresentationFactory = _ => new LlamaFp4RequestOptions
        {
            Guide = new ToolCallGuide { Required = true, Tools = [.. urgent.Select(tool => new ToolSignature(tool.Name, tool.JsonSchema))] },
        };

        var response = await client.GetResponseAsync("What is the weather in Oslo?", options);

        Assert.Contains(Assert.Single(Calls(response)).Name, urgent.Select(tool => tool.Name));
    }

    [Fact]
    public async Task Calls_and_results_are_watched_in_a_stream()
    {
        var client = Client(_pipeline);
        var options = Weather();

        await foreach (var update in client.GetStreamingResponseAsync("What is the weather in Oslo?", options))
        {
            foreach (var content in update.Contents)
            {
                Console.WriteLine(content switch
                {
                    FunctionCallContent call => $"calls {call.Name}",
                    FunctionResultContent result => $"gives {result.Result}",
                    _ => content.ToString() ?? "",
                });
            }
        }

        Assert.Contains("calls GetWeather", Console.Printed, StringComparison.Ordinal);
        Assert.Contains("gives 6 degrees and snowy", Console.Printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_is_asked_first()
    {
        var client = Client(_pipeline);
        var options = new ChatOptions { ToolMode = ChatToolMode.RequireAny };

        options.Tools = [new ApprovalRequiredAIFunction(AIFunctionFactory.Create(OpenDoor))];
        List<ChatMessage> conversation = [new(ChatRole.User, "Open the garage door.")];

        var response = await client.GetResponseAsync(conversation, options);
        conversation.AddMessages(response);
        foreach (var request in response.Messages.SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>())
        {
            conversation.Add(new ChatMessage(ChatRole.User, [request.CreateResponse(approved: true)]));
        }

        response = await client.GetResponseAsync(conversation, options);

        Assert.Contains(response.Messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>(), result => $"{result.Result}" == "open");
    }

    [Fact]
    public async Task Tools_are_run_by_hand()
    {
        var client = Client(_raw);
        var options = Weather();

        List<ChatMessage> conversation = [new(ChatRole.User, "What is the weather in Oslo?")];
        var response = await client.GetResponseAsync(conversation, options);
        conversation.AddMessages(response);

        foreach (var call in response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>())
        {
            var tool = options.Tools!.OfType<AIFunction>().Single(tool => tool.Name == call.Name);
            var result = await tool.InvokeAsync(new AIFunctionArguments(call.Arguments));
            conversation.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, result)]));
        }

        response = await client.GetResponseAsync(conversation, options);

        Assert.Contains("6 degrees", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_says_what_it_can()
    {
        await _raw.LoadLlamaFp4Async();
        var client = Client(_raw);

        var session = client.GetRequiredService<ITokenSession>();
        if (session.Model.Features.HasFlag(SessionFeatures.LogitBias))
        {
            Console.WriteLine($"{session.Model.EngineName} takes a logit bias.");
        }

        Assert.Contains("takes a logit bias", Console.Printed, StringComparison.Ordinal);
    }

    internal static ChatOptions Weather()
    {
        [Description("Gets the current weather for a city")]
        static string GetWeather([Description("Name of the city")] string city) => "6 degrees and snowy";

        return new ChatOptions { Tools = [AIFunctionFactory.Create(GetWeather, "GetWeather")] };
    }

    [Description("Opens a door")]
    private static string OpenDoor([Description("Which door")] string door) => "open";

    private static IEnumerable<FunctionCallContent> Calls(ChatResponse response) =>
        response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>();

    private static IChatClient Client(ServiceProvider provider) => provider.GetRequiredService<IChatClient>();

    private static ServiceProvider Provide(Action<ServiceCollection> register)
    {
        var services = new ServiceCollection();
        register(services);
        return services.BuildServiceProvider();
    }
}
