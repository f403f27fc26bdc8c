using LlamaFp4.Extensions;
using LlamaFp4.Extensions.SemanticKernel;
using LlamaFp4.Extensions.SemanticKernel.ChatCompletion;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers LlamaFp4 for kernels that are built over a service collection.</summary>
/// <remarks>
/// Session, options and lifetimes are those of <see cref="LlamaFp4ServiceCollectionExtensions"/>; the service id is the key. To bind a configuration
/// section or use a session of your own, call one of its methods first: a repeated registration shares options and session.
/// </remarks>
public static class LlamaFp4KernelServiceCollectionExtensions
{
    /// <summary>Registers an <see cref="IChatClient"/> that runs kernel functions, with the kernel's filters, and logs.</summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="configure">Changes the options after the configuration; <see langword="null"/> for none.</param>
    /// <param name="serviceId">Id of the service; <see langword="null"/> for the kernel's default.</param>
    /// <returns>The same services.</returns>
    /// <remarks>Both arguments are needed: without a service id this is the plain registration, which adds no middleware.</remarks>
    public static IServiceCollection AddLlamaFp4ChatClient(this IServiceCollection services, Action<LlamaFp4Options>? configure, string? serviceId)
    {
        ArgumentNullException.ThrowIfNull(services);

        var client = serviceId is null
            ? services.AddLlamaFp4ChatClient(configure)
            : services.AddKeyedLlamaFp4ChatClient(serviceId, configure);

        // Function invocation outermost, so that each round trip to the model is logged. A kernel without logging is common and must work.
        client
            .UseKernelFunctionInvocation()
            .Use(inner => new ToolLoop.Inner(inner))
            .Use((inner, provider) => provider.GetService<ILoggerFactory>() is { } loggerFactory
                ? new LoggingChatClient(inner, loggerFactory.CreateLogger<LoggingChatClient>())
                : inner);

        return services;
    }

    /// <summary>
    /// Registers what <see cref="AddLlamaFp4ChatClient"/> registers, and a <see cref="LlamaFp4ChatCompletionService"/> over the same session as
    /// <see cref="IChatCompletionService"/>, which is what prompts and agents then use.
    /// </summary>
    /// <inheritdoc cref="AddLlamaFp4ChatClient" path="/param|/returns"/>
    public static IServiceCollection AddLlamaFp4ChatCompletion(this IServiceCollection services, Action<LlamaFp4Options>? configure = null, string? serviceId = null)
    {
        services.AddLlamaFp4ChatClient(configure, serviceId);
        services.AddKeyedSingleton<IChatCompletionService>(serviceId, (provider, _) =>
        {
            var client = serviceId is null ? provider.GetRequiredService<IChatClient>() : provider.GetRequiredKeyedService<IChatClient>(serviceId);
            return new LlamaFp4ChatCompletionService(client.GetService<ToolLoop.Inner>() ?? client, provider, serviceId);
        });

        return services;
    }
}
