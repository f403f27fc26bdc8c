using AgentDemo.Conversations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentDemo.Scenarios;

/// <summary>Puts a kernel together: a local model and the plugins of a scenario.</summary>
internal static class AgentServices
{
    /// <param name="services">Where to add it.</param>
    /// <param name="scenario">Its plugins.</param>
    /// <param name="model">Checkpoint directory; <see langword="null"/> for the pocket model.</param>
    public static IServiceCollection AddAgent(this IServiceCollection services, Scenario scenario, string? model)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(scenario);
        var kernel = services.AddKernel().AddLlamaFp4ChatCompletion(options =>
        {
            options.Model = model;
            options.Temperature = 0; // A tool call is right or wrong: always take the most likely token.
            options.MaxOutputTokens = 512; // A very small model does not always find the end of its answer.
        });
        scenario.AddPlugins(kernel.Plugins);
        return services;
    }

    /// <summary>A conversation with a kernel of its own; model and plugins are shared.</summary>
    public static Conversation StartConversation(this IServiceProvider services, IAudience audience) => services.StartConversation(audience, history: null);

    /// <summary>Goes on with an earlier conversation.</summary>
    public static Conversation StartConversation(this IServiceProvider services, IAudience audience, ChatHistory? history) =>
        new(services.GetRequiredService<Kernel>(), services.GetRequiredService<Scenario>(), audience, history);
}
