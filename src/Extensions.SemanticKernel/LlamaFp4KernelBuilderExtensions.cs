using LlamaFp4.Extensions;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.SemanticKernel.ChatCompletion;

namespace Microsoft.SemanticKernel;

/// <summary>Adds LlamaFp4 to a kernel.</summary>
/// <remarks>Session, options and lifetimes are those of <see cref="LlamaFp4ServiceCollectionExtensions"/>; the service id is the key.</remarks>
public static class LlamaFp4KernelBuilderExtensions
{
    /// <summary>Adds an <see cref="IChatClient"/> that runs kernel functions, with the kernel's filters, and logs.</summary>
    /// <param name="builder">The kernel to add to.</param>
    /// <param name="configure">Changes the options after the configuration; <see langword="null"/> for none.</param>
    /// <param name="serviceId">Id of the service; <see langword="null"/> for the kernel's default.</param>
    /// <returns>The same builder.</returns>
    public static IKernelBuilder AddLlamaFp4ChatClient(this IKernelBuilder builder, Action<LlamaFp4Options>? configure = null, string? serviceId = null)
    {
        ArgumentNullException.ThrowIfNull(builder);

        var client = serviceId is null
            ? builder.Services.AddLlamaFp4ChatClient(configure)
            : builder.Services.AddKeyedLlamaFp4ChatClient(serviceId, configure);

        // Function invocation outermost, so that each round trip to the model is logged. A kernel without logging is common and must work.
        client
            .UseKernelFunctionInvocation()
            .Use((inner, services) => services.GetService<ILoggerFactory>() is { } loggerFactory
                ? new LoggingChatClient(inner, loggerFactory.CreateLogger<LoggingChatClient>())
                : inner);

        return builder;
    }

    /// <summary>
    /// Adds what <see cref="AddLlamaFp4ChatClient"/> adds, and an <see cref="IChatCompletionService"/> over the same client for code that asks for one.
    /// </summary>
    /// <inheritdoc cref="AddLlamaFp4ChatClient"/>
    public static IKernelBuilder AddLlamaFp4ChatCompletion(this IKernelBuilder builder, Action<LlamaFp4Options>? configure = null, string? serviceId = null)
    {
        builder.AddLlamaFp4ChatClient(configure, serviceId);
        builder.Services.AddKeyedSingleton(serviceId, (services, _) =>
            (serviceId is null ? services.GetRequiredService<IChatClient>() : services.GetRequiredKeyedService<IChatClient>(serviceId))
                .AsChatCompletionService(services));

        return builder;
    }
}
