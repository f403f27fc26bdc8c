using LlamaFp4.Extensions.Registration;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlamaFp4.Extensions.Health;

/// <summary>Whether the process is worth keeping: its model is loading or loaded, and the session works.</summary>
internal sealed class LiveCheck(ClientRegistration registration, IServiceProvider services) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var session = registration.SharedSessionOf(services);
        var health = session.Health;
        var isLive = health.IsUsable || session.IsOnItsWay;
        return Task.FromResult(new HealthCheckResult(isLive ? HealthStatus.Healthy : context.Registration.FailureStatus, health.Description, session.Failure));
    }
}
