using LlamaFp4.Extensions.Registration;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlamaFp4.Extensions.Health;

/// <summary>Whether requests should be sent here: the model is loaded, its engine answers, and its queue has room.</summary>
/// <remarks>A model that loads with the first request counts as ready before: nothing else would ever make it so.</remarks>
internal sealed class ReadyCheck(ClientRegistration registration, IServiceProvider services) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var session = registration.SharedSessionOf(services);
        var health = session.Health;
        var isReady = (health.IsUsable && health.HasRoom)
            || (!session.HasBegun && registration.OptionsOf(services).Loading == ModelLoading.OnFirstRequest);
        return Task.FromResult(new HealthCheckResult(isReady ? HealthStatus.Healthy : context.Registration.FailureStatus, health.Description, session.Failure));
    }
}
