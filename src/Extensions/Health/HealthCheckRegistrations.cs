using LlamaFp4.Extensions.Registration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace LlamaFp4.Extensions.Health;

/// <summary>Adds two checks for each session to those of the application, which has them run by calling <c>AddHealthChecks</c>.</summary>
/// <remarks>Here and not at registration, because the option that leaves them out may come from configuration.</remarks>
internal sealed class HealthCheckRegistrations(IServiceProvider services, IEnumerable<ClientRegistration> registrations)
    : IConfigureOptions<HealthCheckServiceOptions>
{
    public void Configure(HealthCheckServiceOptions options)
    {
        foreach (var registration in registrations)
        {
            if (!registration.OptionsOf(services).DisableHealthChecks)
            {
                Add(options, registration, "live", provider => new LiveCheck(registration, provider));
                Add(options, registration, "ready", provider => new ReadyCheck(registration, provider));
            }
        }
    }

    private static void Add(HealthCheckServiceOptions options, ClientRegistration registration, string tag, Func<IServiceProvider, IHealthCheck> create)
    {
        var name = registration.ServiceKey is null ? $"llamafp4-{tag}" : $"llamafp4-{registration.OptionsName}-{tag}";
        options.Registrations.Add(new HealthCheckRegistration(name, create, failureStatus: null, tags: ["llamafp4", tag]));
    }
}
