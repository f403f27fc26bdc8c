using LlamaFp4.Extensions.Registration;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Hosting;

namespace LlamaFp4.Extensions;

/// <summary>A model that has been added to a host; adds chat clients over it.</summary>
public sealed class LlamaFp4Builder
{
    private readonly ClientRegistration _registration;

    internal LlamaFp4Builder(IHostApplicationBuilder hostBuilder, ClientRegistration registration)
    {
        HostBuilder = hostBuilder;
        _registration = registration;
    }

    /// <summary>The host the model has been added to.</summary>
    public IHostApplicationBuilder HostBuilder { get; }

    /// <summary>The key of the model's session.</summary>
    /// <value><see langword="null"/> if it has none.</value>
    public object? ServiceKey => _registration.ServiceKey;

    /// <summary>Registers an <see cref="IChatClient"/> over the model, with OpenTelemetry innermost unless <see cref="LlamaFp4Options.DisableTracing"/> is set.</summary>
    /// <returns>A builder that adds middleware around the client.</returns>
    public ChatClientBuilder AddChatClient() => ChatClientRegistration.AddTraced(HostBuilder.Services, clientKey: null, _registration);

    /// <summary>The same as <see cref="AddChatClient"/>, under the key of the model.</summary>
    /// <returns>A builder that adds middleware around the client.</returns>
    /// <exception cref="InvalidOperationException">The model has no key.</exception>
    public ChatClientBuilder AddKeyedChatClient() => ServiceKey is { } key
        ? ChatClientRegistration.AddTraced(HostBuilder.Services, key, _registration)
        : throw new InvalidOperationException(
            $"This model has no key: add it with {nameof(LlamaFp4HostApplicationBuilderExtensions.AddKeyedLlamaFp4)}, or its client with {nameof(AddChatClient)}.");
}
