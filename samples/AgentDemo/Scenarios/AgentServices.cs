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
        services.AddKernel().AddLlamaFp4ChatCompletion(options =>
        {
            options.Model = model;
            options.Temperature = 0; // A tool call is right or wrong: always take the most likely token.
            options.MaxOutputTokens = 512; // A very small model does not always find the end of its answer.
        });
        return services;
    }

    /// <summary>A conversation with a kernel and tools of its own; the model is shared.</summary>
    public static Conversation StartConversation(this IServiceProvider services, IAudience audience) => services.StartConversation(audience, history: null);

    /// <summary>Goes on with an earlier conversation.</summary>
    public static Conversation StartConversation(this IServiceProvider services, IAudience audience, ChatHistory? history)
    {
        var scenario = services.GetRequiredService<Scenario>();
        return new(new Kernel(services, [.. scenario.CreatePlugins(services)]), scenario, audience, history);
    }
}
