using LlamaFp4.Extensions.Registration;
using LlamaFp4.Native.Sessions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Loads LlamaFp4 models ahead of the first request, where no host does.</summary>
public static class LlamaFp4ServiceProviderExtensions
{
    /// <summary>Loads a model, unless it is loaded or loading, and waits for it as long as it takes.</summary>
    /// <param name="services">The container.</param>
    /// <param name="serviceKey">Key of the model's client; <see langword="null"/> for the one without a key.</param>
    /// <param name="cancellationToken">Ends the wait; loading goes on.</param>
    /// <returns>The session. It stays the container's.</returns>
    /// <exception cref="InvalidOperationException">No client is registered under the key.</exception>
    /// <exception cref="SessionUnavailableException">The model could not be loaded; the message says why.</exception>
    /// <exception cref="ObjectDisposedException">The container has been disposed.</exception>
    public static Task<ITokenSession> LoadLlamaFp4Async(
        this IServiceProvider services, object? serviceKey = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(services);

        var registration = services.GetServices<ClientRegistration>().FirstOrDefault(known => Equals(known.ServiceKey, serviceKey))
            ?? throw new InvalidOperationException(
                serviceKey is null ? "No LlamaFp4 client without a key is registered." : $"No LlamaFp4 client is registered under the key '{serviceKey}'.");
        return registration.SharedSessionOf(services).OpenAsync().WaitAsync(cancellationToken);
    }
}
