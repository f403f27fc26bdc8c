using LlamaFp4.Extensions;
using LlamaFp4.Extensions.Registration;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds LlamaFp4 models to a host, in two steps: the model, then clients over it.</summary>
/// <remarks>
/// <para>
/// Options are bound from section <c>LlamaFp4</c>, then from <c>LlamaFp4:{connectionName}</c>, then from the connection string
/// <c>ConnectionStrings:{connectionName}</c>, each over the one before; none needs to exist.
/// </para>
/// <para>
/// The model's <see cref="ITokenSession"/> is a singleton, owned by the container, and loads with the host. Health checks are added, see
/// <see cref="LlamaFp4Options.DisableHealthChecks"/>.
/// </para>
/// </remarks>
public static class LlamaFp4HostApplicationBuilderExtensions
{
    /// <summary>Adds a model.</summary>
    /// <param name="builder">The host to add to.</param>
    /// <param name="connectionName">Names the configuration section and the connection string.</param>
    /// <param name="configureSettings">Changes the options after the configuration; <see langword="null"/> for none.</param>
    /// <returns>A builder that adds chat clients over the model.</returns>
    /// <exception cref="Options.OptionsValidationException">An option is invalid: thrown when the host starts, or when the client is first resolved.</exception>
    public static LlamaFp4Builder AddLlamaFp4(
        this IHostApplicationBuilder builder, string connectionName, Action<LlamaFp4Options>? configureSettings = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(connectionName);

        return Add(builder, serviceKey: null, connectionName, configureSettings);
    }

    /// <summary>Adds a model under a key.</summary>
    /// <param name="builder">The host to add to.</param>
    /// <param name="serviceKey">Key of the session; its text names the options.</param>
    /// <param name="connectionName">Names the configuration section and the connection string.</param>
    /// <param name="configureSettings">Changes the options after the configuration; <see langword="null"/> for none.</param>
    /// <inheritdoc cref="AddLlamaFp4" path="/returns|/exception"/>
    public static LlamaFp4Builder AddKeyedLlamaFp4(
        this IHostApplicationBuilder builder, object serviceKey, string connectionName, Action<LlamaFp4Options>? configureSettings = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(serviceKey);
        ArgumentException.ThrowIfNullOrEmpty(connectionName);

        return Add(builder, serviceKey, connectionName, configureSettings);
    }

    private static LlamaFp4Builder Add(
        IHostApplicationBuilder builder, object? serviceKey, string connectionName, Action<LlamaFp4Options>? configureSettings)
    {
        ClientRegistration registration = new(serviceKey, OptionsRegistration.NameOf(serviceKey));
        OptionsRegistration.BindConnection(builder.Services, registration.OptionsName, builder.Configuration, connectionName);
        OptionsRegistration.Configure(builder.Services, registration.OptionsName, configureSettings);
        SessionRegistration.Add(builder.Services, registration, sessionFactory: null);
        builder.Services.AddHealthChecks();
        return new LlamaFp4Builder(builder, registration);
    }
}
