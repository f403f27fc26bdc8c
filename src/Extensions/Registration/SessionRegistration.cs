using LlamaFp4.Extensions.Health;
using LlamaFp4.Extensions.Loading;
using LlamaFp4.Extensions.Validation;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LlamaFp4.Extensions.Registration;

/// <summary>What makes a session of named options: the session itself, its loading with the host, its health checks.</summary>
internal static class SessionRegistration
{
    /// <param name="services">Where to register.</param>
    /// <param name="registration">Key and options.</param>
    /// <param name="sessionFactory"><see langword="null"/> for the model that the options name.</param>
    public static void Add(IServiceCollection services, ClientRegistration registration, Func<IServiceProvider, ITokenSession>? sessionFactory)
    {
        AddSession(services, registration, sessionFactory);
        if (services.Any(service => service.ImplementationInstance is ClientRegistration known && known == registration))
        {
            return;
        }

        services.AddSingleton(registration);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, LoadingService>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<HealthCheckServiceOptions>, HealthCheckRegistrations>());
    }

    private static void AddSession(IServiceCollection services, ClientRegistration registration, Func<IServiceProvider, ITokenSession>? sessionFactory)
    {
        if (sessionFactory is not null)
        {
            services.TryAddKeyedSingleton(registration.ServiceKey, (provider, _) => sessionFactory(provider));
            return;
        }

        var before = services.Count;
        services.TryAddKeyedSingleton<ITokenSession>(registration.ServiceKey, (provider, _) => Defer(provider, registration.OptionsOf(provider)));
        if (services.Count > before)
        {
            services.TryAddSingleton<SharedSessions>();
            services.AddSingleton<IValidateOptions<LlamaFp4Options>>(new EngineValidator(registration.OptionsName));
        }
    }

    private static DeferredSession Defer(IServiceProvider provider, LlamaFp4Options options) => new(
        provider.GetRequiredService<SharedSessions>().Get(options), options.ReadyTimeout, options.KeyOf(nameof(options.ReadyTimeout)));
}
