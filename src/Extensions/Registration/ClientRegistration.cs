using LlamaFp4.Extensions.Loading;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.DependencyInjection;

namespace LlamaFp4.Extensions.Registration;

/// <summary>One key under which a session is registered, with the options of its name.</summary>
internal sealed record ClientRegistration(object? ServiceKey, string OptionsName)
{
    public LlamaFp4Options OptionsOf(IServiceProvider services) => OptionsRegistration.Get(services, OptionsName);

    /// <summary>The session of the key. One of the application's own is created by this.</summary>
    public ITokenSession TokenSessionOf(IServiceProvider services) =>
        ServiceKey is null ? services.GetRequiredService<ITokenSession>() : services.GetRequiredKeyedService<ITokenSession>(ServiceKey);

    /// <inheritdoc cref="TokenSessionOf"/>
    public SharedSession SharedSessionOf(IServiceProvider services) => SharedSession.Behind(TokenSessionOf(services));
}
