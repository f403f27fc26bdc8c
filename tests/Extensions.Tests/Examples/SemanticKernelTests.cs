#pragma warning disable xUnit1051 // The examples are what a newcomer writes, without cancellation.

using System.ComponentModel;
using LlamaFp4.Extensions.SemanticKernel;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using FunctionCallContent = Microsoft.SemanticKernel.FunctionCallContent;

namespace LlamaFp4.Extensions.Tests.Examples;

/// <summary>The programs of docs/semantic-kernel.md, compiled and run. <see cref="DocumentationTests"/> compares the text.</summary>
public sealed class SemanticKernelTests : IAsyncDisposable
{
    private readonly List<Kernel> _kernels = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var kernel in _kernels)
        {
            await ((IAsyncDisposable)kernel.Services).DisposeAsync();
        }
    }

    [Fact]
    public async Task A_plugin_runs()
    {

        var builder = Kernel.CreateBuilder();
        builder.AddLlamaFp4ChatCompletion();
        builder.Plugins.AddFromType<LightsPlugin>("Lights");
        var kernel = builder.Build();

        _kernels.Add(kernel);

        var settings = new LlamaFp4PromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };
        Console.WriteLine(await kernel.InvokePromptAsync("Turn on the light in the kitchen.", new(settings)));

        Assert.Contains("kitchen", Console.Printed, StringComparison.Ordinal);
    }

    internal sealed class LightsPlugin
    {
        [KernelFunction, Description("Turns on the light in a room")]
        public static string TurnOn([Description("The room")] string room) => $"The {room} light is on.";
    }

    [Fact]
    public void A_host_has_kernels()
    {

        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddLlamaFp4ChatCompletion();
        builder.Services.AddKernel().Plugins.AddFromType<LightsPlugin>("Lights");

        Assert.Contains(builder.Services, service => service.ServiceType == typeof(IChatCompletionService));
    }

    [Fact]
    public void Two_models_are_told_apart_by_service_id()
    {
        var builder = Kernel.CreateBuilder();

        builder.AddLlamaFp4ChatCompletion(options => options.MaxOutputTokens = 256, serviceId: "small");
        builder.AddLlamaFp4ChatCompletion(options => options.Model = "/models/Llama-3.1-405B-Instruct-FP4", serviceId: "large");

        var settings = new LlamaFp4PromptExecutionSettings { ServiceId = "large" };

        Assert.Contains(builder.Services, service => service.ServiceType == typeof(IChatCompletionService) && service.ServiceKey as string == settings.ServiceId);
    }

    [Fact]
    public void Settings_are_typed()
    {

        var settings = new LlamaFp4PromptExecutionSettings
        {
            Temperature = 0.2f,
            MinP = 0.05f,
            MaxTokens = 300,
            StopSequences = ["\n\n"],
            ResponseFormat = ChatResponseFormat.ForJsonSchema<Recipe>(),
        };

        Assert.NotNull(settings.ResponseFormat);
    }

    [Fact]
    public async Task A_template_sets_the_same()
    {
        var kernel = Build();

        var function = KernelFunctionFactory.CreateFromPrompt(PromptTemplateConfig.FromJson("""
            {
              "template": "Is {{$text}} good news? Answer yes or no.",
              "execution_settings": { "default": { "temperature": 0, "guided_choice": ["yes", "no"] } }
            }
            """));
        Console.WriteLine(await kernel.InvokeAsync(function, new() { ["text"] = "a sunny day" }));

        Assert.Contains(Console.Printed.Trim(), (string[])["yes", "no"]);
    }

    [Fact]
    public void A_yaml_template_sets_the_same()
    {
        var yaml = File.ReadAllText(RepositoryFiles.PathOf("docs", "semantic-kernel.md")).Split("```yaml\n")[1].Split("```")[0];
        var template = new YamlDotNet.Serialization.DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(yaml);
        var data = (Dictionary<object, object>)((Dictionary<object, object>)template["execution_settings"])["default"];

        var settings = LlamaFp4PromptExecutionSettings.FromExecutionSettings(new PromptExecutionSettings
        {
            ExtensionData = data.ToDictionary(pair => (string)pair.Key, pair => pair.Value),
        });

        Assert.Equal(0, settings.Temperature);
        Assert.Equal(["yes", "no"], settings.GuidedChoice!);
    }

    [Fact]
    public async Task A_call_is_invoked_by_hand()
    {
        var kernel = Build();

        var chat = kernel.GetRequiredService<IChatCompletionService>();
        var settings = new LlamaFp4PromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto(autoInvoke: false) };
        var history = new ChatHistory("Turn on the light in the kitchen.", AuthorRole.User);

        var answer = await chat.GetChatMessageContentAsync(history, settings, kernel);
        history.Add(answer);
        foreach (var call in FunctionCallContent.GetFunctionCalls(answer))
        {
            Console.WriteLine($"{call.PluginName}.{call.FunctionName}");
            history.Add((await call.InvokeAsync(kernel)).ToChatMessage());
        }

        Console.WriteLine(await chat.GetChatMessageContentAsync(history, settings, kernel));

        Assert.StartsWith("Lights.TurnOn", Console.Printed, StringComparison.Ordinal);
        Assert.Contains("kitchen", Console.Printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_streamed_call_is_put_together()
    {
        var kernel = Build();
        var chat = kernel.GetRequiredService<IChatCompletionService>();
        var settings = new LlamaFp4PromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto(autoInvoke: false) };
        var history = new ChatHistory("Turn on the light in the kitchen.", AuthorRole.User);

        var calls = new FunctionCallContentBuilder();
        await foreach (var part in chat.GetStreamingChatMessageContentsAsync(history, settings, kernel))
        {
            Console.Write(part.Content);
            calls.Append(part);
        }

        history.Add(new ChatMessageContent(AuthorRole.Assistant, [.. calls.Build()]));

        Assert.Equal("TurnOn", Assert.Single(FunctionCallContent.GetFunctionCalls(history[^1])).FunctionName);
    }

    [Fact]
    public async Task An_answer_tells_what_it_cost()
    {
        var kernel = Build();
        var chat = kernel.GetRequiredService<IChatCompletionService>();
        var history = new ChatHistory("Hello!", AuthorRole.User);

        var answer = await chat.GetChatMessageContentAsync(history);
        var usage = (UsageDetails)answer.Metadata!["Usage"]!;
        Console.WriteLine($"{usage.InputTokenCount} tokens read, {usage.CachedInputTokenCount} of them from the cache, {usage.OutputTokenCount} written");

        Assert.Contains("tokens read", Console.Printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_history_is_reduced()
    {
        var kernel = Build();
        var chat = kernel.GetRequiredService<IChatCompletionService>();
        ChatHistory history = new("You are the voice of a house.");
        for (var turn = 0; turn < 8; turn++)
        {
            history.AddUserMessage($"Hello {turn}");
            history.AddAssistantMessage("Hello.");
        }

        var reducer = new ChatHistoryTruncationReducer(targetCount: 10, thresholdCount: 4);
        await history.ReduceInPlaceAsync(reducer, cancellationToken: default);

        Assert.InRange(history.Count, 2, 15);
        Assert.NotNull(new ChatHistorySummarizationReducer(chat, targetCount: 10));
    }

    [Fact]
    public async Task A_pipeline_is_used_without_a_container()
    {
        var services = new ServiceCollection();
        services.AddLlamaFp4ChatClient();
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<IChatClient>();

        var kernelServices = new ServiceCollection();
        kernelServices.AddSingleton<IChatCompletionService>(new LlamaFp4ChatCompletionService(client));
        var kernel = new Kernel(kernelServices.BuildServiceProvider());

        Assert.NotEmpty((await kernel.InvokePromptAsync("Hello!")).ToString());
    }

    private Kernel Build()
    {
        var builder = Kernel.CreateBuilder();
        builder.AddLlamaFp4ChatCompletion(options => options.Temperature = 0);
        builder.Plugins.AddFromType<LightsPlugin>("Lights");
        var kernel = builder.Build();
        _kernels.Add(kernel);
        return kernel;
    }

    internal sealed record Recipe(string Title, int Minutes);
}
