using LlamaFp4.Extensions.Registration;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LlamaFp4.Extensions.Loading;

/// <summary>Loads the models of all registrations when the host starts, and stops the host if that fails.</summary>
/// <remarks>
/// Not a <see cref="BackgroundService"/>: with that of .NET 10 a host that stops because of a failure ends as if nothing had happened, exit code 0.
/// What <see cref="StopAsync"/> throws ends its run with the reason in every version.
/// </remarks>
internal sealed class LoadingService(IServiceProvider services, IEnumerable<ClientRegistration> registrations) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _loading = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(ModelLoading.BeforeStart, cancellationToken).ConfigureAwait(false);
        _loading = LoadInBackgroundAsync();
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loading.ConfigureAwait(false);
    }

    public void Dispose() => _stopping.Dispose();

    private async Task LoadInBackgroundAsync()
    {
        try
        {
            await LoadAsync(ModelLoading.Background, _stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The host stops before the model is loaded; disposal ends the loading.
        }
        catch
        {
            services.GetService<IHostApplicationLifetime>()?.StopApplication();
            throw;
        }
    }

    private async Task LoadAsync(ModelLoading when, CancellationToken cancellationToken)
    {
        var loads = registrations
            .Where(registration => registration.OptionsOf(services).Loading == when)
            .Select(registration => OpenAsync(registration).WaitAsync(cancellationToken));

        // In the order in which they end: the first failure counts, even if another model takes long.
        await foreach (var load in Task.WhenEach(loads).ConfigureAwait(false))
        {
            await load.ConfigureAwait(false);
        }
    }

    // On another thread: a session factory of the application may take its time.
    private Task<ITokenSession> OpenAsync(ClientRegistration registration) => Task.Run(() => registration.SharedSessionOf(services).OpenAsync());
}
