#pragma warning disable xUnit1051 // The examples are what a newcomer writes, without cancellation.

using System.ComponentModel;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.SemanticKernel;

namespace LlamaFp4.Extensions.Tests.Examples;

/// <summary>The programs of docs/getting-started.md, compiled and run. <see cref="DocumentationTests"/> compares the text.</summary>
public class GettingStartedTests
{
    [Fact]
    public async Task A_host_streams_an_answer()
    {

        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddLlamaFp4ChatClient();

        using var host = builder.Build();
        var client = host.Services.GetRequiredService<IChatClient>();

        await foreach (var update in client.GetStreamingResponseAsync("Hello!"))
        {
            Console.Write(update);
        }

        Assert.NotEmpty(Console.Printed);
    }

    [Fact]
    public async Task A_tool_runs()
    {

        [Description("Gets the current weather for a city")]
        static string GetWeather([Description("Name of the city")] string city) => "6 degrees and snowy";

        var services = new ServiceCollection();
        services.AddLlamaFp4ChatClient().UseFunctionInvocation();

        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<IChatClient>();

        var options = new ChatOptions { Tools = [AIFunctionFactory.Create(GetWeather)] };
        Console.WriteLine(await client.GetResponseAsync("What is the weather in Oslo?", options));

        Assert.Contains("6", Console.Printed, StringComparison.Ordinal);
        Assert.Contains("snowy", Console.Printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kernel_calls_its_plugins()
    {

        var builder = Kernel.CreateBuilder();
        builder.AddLlamaFp4ChatCompletion();
        builder.Plugins.AddFromType<LightsPlugin>("Lights");
        var kernel = builder.Build();

        var settings = new PromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };
        Console.WriteLine(await kernel.InvokePromptAsync("Turn on the light in the kitchen.", new(settings)));

        await ((IAsyncDisposable)kernel.Services).DisposeAsync();
        Assert.Contains("kitchen", Console.Printed, StringComparison.Ordinal);
    }

    internal sealed class LightsPlugin
    {
        [KernelFunction, Description("Turns on the light in a room")]
        public static string TurnOn([Description("The room")] string room) => $"The {room} light is on.";
    }

    [Fact]
    public void Two_models_are_told_apart_by_key()
    {
        var services = new ServiceCollection();

        services.AddKeyedLlamaFp4ChatClient("small", options => options.MaxOutputTokens = 256).UseFunctionInvocation();
        services.AddKeyedLlamaFp4ChatClient("large", options => options.Model = "/models/Llama-3.1-405B-Instruct-FP4").UseFunctionInvocation();

        Assert.Contains(services, service => service.ServiceType == typeof(IChatClient) && service.ServiceKey is "small");
        Assert.Contains(services, service => service.ServiceType == typeof(IChatClient) && service.ServiceKey is "large");
    }
}
