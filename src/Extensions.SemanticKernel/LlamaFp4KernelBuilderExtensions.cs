using LlamaFp4.Extensions;
using LlamaFp4.Extensions.SemanticKernel;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
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

        builder.Services.AddLlamaFp4ChatClient(configure, serviceId);
        return builder;
    }

    /// <summary>
    /// Adds what <see cref="AddLlamaFp4ChatClient"/> adds, and a <see cref="LlamaFp4ChatCompletionService"/> over the same session as
    /// <see cref="IChatCompletionService"/>, which is what prompts and agents then use.
    /// </summary>
    /// <inheritdoc cref="AddLlamaFp4ChatClient"/>
    public static IKernelBuilder AddLlamaFp4ChatCompletion(this IKernelBuilder builder, Action<LlamaFp4Options>? configure = null, string? serviceId = null)
    {
        ArgumentNullException.ThrowIfNull(builder);

        builder.Services.AddLlamaFp4ChatCompletion(configure, serviceId);
        return builder;
    }
}
