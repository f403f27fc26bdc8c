using LlamaFp4.Extensions.Chat;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.Extensions.Registration;

/// <summary>What every registration of a chat client does: named options, one session for each key, the client over it.</summary>
internal static class ChatClientRegistration
{
    /// <param name="services">Where to register.</param>
    /// <param name="serviceKey"><see langword="null"/> for the unkeyed client.</param>
    /// <param name="section">What to bind; <see langword="null"/> for the section of that key in the registered configuration.</param>
    /// <param name="sessionFactory"><see langword="null"/> for the model that the options name.</param>
    /// <param name="configure">Applied after the section.</param>
    public static ChatClientBuilder Add(
        IServiceCollection services,
        object? serviceKey,
        IConfiguration? section,
        Func<IServiceProvider, ITokenSession>? sessionFactory,
        Action<LlamaFp4Options>? configure)
    {
        ClientRegistration registration = new(serviceKey, OptionsRegistration.NameOf(serviceKey));
        if (section is null)
        {
            OptionsRegistration.BindDefaultSection(services, registration.OptionsName);
        }
        else
        {
            OptionsRegistration.BindSection(services, registration.OptionsName, section);
        }

        OptionsRegistration.Configure(services, registration.OptionsName, configure);
        SessionRegistration.Add(services, registration, sessionFactory);
        return services.AddKeyedChatClient(serviceKey, provider => new HostedChatClient(provider, registration, serviceKey));
    }

    /// <summary>Adds a client over a session that is registered already, with telemetry innermost unless its options disable that.</summary>
    public static ChatClientBuilder AddTraced(IServiceCollection services, object? clientKey, ClientRegistration registration) =>
        services.AddKeyedChatClient(clientKey, provider =>
        {
            HostedChatClient client = new(provider, registration, clientKey);
            var options = registration.OptionsOf(provider);
            return options.DisableTracing ? client : Trace(client, provider, options);
        });

    private static OpenTelemetryChatClient Trace(IChatClient client, IServiceProvider provider, LlamaFp4Options options)
    {
        OpenTelemetryChatClient traced = new(client, provider.GetService<ILogger<OpenTelemetryChatClient>>());

        // Left alone otherwise: an environment variable of OpenTelemetry may have switched it on.
        traced.EnableSensitiveData |= options.EnableSensitiveData;
        return traced;
    }
}
