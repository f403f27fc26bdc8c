using AgentDemo.Plugins;
using LlamaFp4.Native.Cpu;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;

namespace AgentDemo;

/// <summary>Puts the kernel together: a local model, four plugins and a filter that sees each call.</summary>
internal static class House
{
    /// <param name="model">Checkpoint directory; <see langword="null"/> for the pocket model.</param>
    /// <param name="loading">Told while the checkpoint loads.</param>
    public static ServiceProvider CreateServices(string? model, IProgress<LoadProgress> loading)
    {
        var services = new ServiceCollection();
        services.AddSingleton(loading);
        AddKernel(services, model);
        return services.BuildServiceProvider();
    }

    public static void AddKernel(IServiceCollection services, string? model)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ToolCallFilter>();
        services.AddSingleton<IAutoFunctionInvocationFilter>(provider => provider.GetRequiredService<ToolCallFilter>());

        var kernel = services.AddKernel().AddLlamaFp4ChatCompletion(options =>
        {
            options.Model = model;
            options.Temperature = 0; // A tool call is right or wrong: always take the most likely token.
            options.MaxOutputTokens = 512; // A very small model does not always find the end of its answer.
        });

        kernel.Plugins.AddFromType<LightsPlugin>("Lights");
        kernel.Plugins.AddFromType<WeatherPlugin>("Weather");
        kernel.Plugins.AddFromType<ShopPlugin>("Shop");
        kernel.Plugins.AddFromType<ClockPlugin>("Clock");
    }
}
