using LlamaFp4.Extensions.SemanticKernel;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace LlamaFp4.Extensions.Tests.SemanticKernel;

/// <summary>Kernels over a service collection, and kernels with several services.</summary>
public class KernelRegistrationTests
{
    private static readonly ServiceProviderOptions Validated = new() { ValidateScopes = true, ValidateOnBuild = true };

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kernel_of_a_service_collection_answers_in_every_scope()
    {
        ServiceCollection services = [];
        services.AddSingleton<ITokenSession>(Saying("Hello!"));
        services.AddLlamaFp4ChatCompletion();
        services.AddKernel();
        await using var provider = services.BuildServiceProvider(Validated);

        await using var scope = provider.CreateAsyncScope();
        var kernel = scope.ServiceProvider.GetRequiredService<Kernel>();

        Assert.Equal("Hello!", (await kernel.InvokePromptAsync("Hi", cancellationToken: CancellationToken)).ToString());
        Assert.IsType<LlamaFp4ChatCompletionService>(kernel.GetRequiredService<IChatCompletionService>());
        Assert.Same(provider.GetRequiredService<IChatCompletionService>(), kernel.GetRequiredService<IChatCompletionService>());
    }

    [Fact]
    public async Task Service_collection_takes_options_and_service_id()
    {
        ServiceCollection services = [];
        services.AddKeyedSingleton<ITokenSession>("house", Saying("Hello!"));
        services.AddKeyedSingleton<ITokenSession>("garden", Saying("Hello!"));
        services.AddLlamaFp4ChatCompletion(options => options.ModelId = "house-model", serviceId: "house");
        services.AddLlamaFp4ChatClient(options => options.ModelId = "garden-model", serviceId: "garden");
        await using var provider = services.BuildServiceProvider(Validated);

        var house = provider.GetRequiredKeyedService<IChatCompletionService>("house");
        var garden = provider.GetRequiredKeyedService<IChatClient>("garden");

        Assert.Equal("house-model", house.Attributes["ModelId"]);
        Assert.Equal("garden-model", garden.GetModelId());
        Assert.NotNull(garden.GetService<FunctionInvokingChatClient>());
        Assert.Null(provider.GetKeyedService<IChatCompletionService>("garden"));
    }

    [Fact]
    public void Attributes_tell_model_endpoint_and_service_id()
    {
        using ScriptedTokenSession session = new(TinyTokenizer.Create()) { Model = ScriptedTokenSession.CreateModel(endpoint: new Uri("http://gpu.example:8000/")) };

        LlamaFp4ChatCompletionService service = new(session.AsIChatClient(), serviceId: "house");

        Assert.Equal(
            [KeyValuePair.Create("Endpoint", "http://gpu.example:8000/"), KeyValuePair.Create("ModelId", "scripted-model"), KeyValuePair.Create("ServiceId", "house")],
            service.Attributes.Select(attribute => KeyValuePair.Create(attribute.Key, (string)attribute.Value!)).OrderBy(attribute => attribute.Key));
    }

    [Theory]
    [InlineData("house", null, "I am the house.")]
    [InlineData("garden", null, "I am the garden.")]
    [InlineData(null, "house-model", "I am the house.")]
    [InlineData(null, "garden-model", "I am the garden.")]
    public async Task Prompt_chooses_its_service_by_service_id_or_model_id(string? serviceId, string? modelId, string expected)
    {
        var builder = Kernel.CreateBuilder();
        foreach (var name in (string[])["house", "garden"])
        {
            builder.Services.AddKeyedSingleton<ITokenSession>(name, Saying($"I am the {name}."));
            builder.AddLlamaFp4ChatCompletion(options => options.ModelId = $"{name}-model", name);
        }

        var kernel = builder.Build();
        LlamaFp4PromptExecutionSettings settings = new() { ServiceId = serviceId, ModelId = modelId };

        var answer = await kernel.InvokePromptAsync("Who are you?", new(settings), cancellationToken: CancellationToken);

        Assert.Equal(expected, answer.ToString());
    }

    [Fact]
    public async Task Container_disposes_the_session_once_whatever_kernels_were_made()
    {
        CountedSession session = new();
        ServiceCollection services = [];
        services.AddLlamaFp4ChatClient(_ => session);
        services.AddLlamaFp4ChatCompletion();
        services.AddKernel();

        await using (var provider = services.BuildServiceProvider(Validated))
        {
            await using var scope = provider.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<Kernel>().InvokePromptAsync("Hi", cancellationToken: CancellationToken);
        }

        Assert.Equal(1, session.Disposals);
    }

    private static ScriptedTokenSession Saying(string answer) => ScriptedTokenSession.Saying(TinyTokenizer.Create(), answer);
}
