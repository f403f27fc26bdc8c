using AgentDemo.Scenarios;
using AgentDemo.Web;
using LlamaFp4.Native.Sessions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace LlamaFp4.AgentDemo.Tests.Web;

/// <summary>The chat page, served on a free port.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly WebApplication _application;

    private Site(WebApplication application)
    {
        _application = application;
        Browser = new HttpClient { BaseAddress = Address };
    }

    public Uri Address => new(_application.Urls.Single());

    public HttpClient Browser { get; }

    /// <param name="scenario">The agent.</param>
    /// <param name="session">What answers; <see langword="null"/>: the pocket model.</param>
    public static async Task<Site> StartAsync(Scenario scenario, ITokenSession? session = null)
    {
        var application = ChatSite.Create(scenario, model: null, port: 0, services =>
        {
            if (session is not null)
            {
                services.AddSingleton(session);
            }
        });
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new Site(application);
    }

    public async ValueTask DisposeAsync()
    {
        Browser.Dispose();
        await _application.DisposeAsync();
    }
}
