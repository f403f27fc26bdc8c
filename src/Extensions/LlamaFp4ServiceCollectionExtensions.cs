using LlamaFp4.Extensions;
using LlamaFp4.Extensions.Registration;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers LlamaFp4 chat clients.</summary>
/// <remarks>
/// <para>
/// Client and session are singletons and safe for concurrent use. Resolving them loads nothing: a host loads the model when it starts, see
/// <see cref="LlamaFp4Options.Loading"/>, and without a host the first request does, or
/// <see cref="LlamaFp4ServiceProviderExtensions.LoadLlamaFp4Async"/>. Requests that come earlier wait, see
/// <see cref="LlamaFp4Options.ReadyTimeout"/>. An <see cref="IProgress{T}"/> of <see cref="LlamaFp4.Native.Cpu.LoadProgress"/> in the container is told
/// while a model loads.
/// </para>
/// <para>
/// The container owns the session of each key (an <see cref="ITokenSession"/> under the same key) and disposes it. Keys whose options name the same
/// model with the same engine settings share one session. An <see cref="ITokenSession"/> registered before under a key is used instead.
/// </para>
/// <para>
/// Registering a key again shares its session (the first session factory wins) and adds to its options; the client that resolves is that of the
/// last call, with the middleware chained to that call only.
/// </para>
/// <para>
/// No middleware is added: chain <c>UseFunctionInvocation()</c> to have tools run.
/// </para>
/// </remarks>
public static class LlamaFp4ServiceCollectionExtensions
{
    /// <summary>Registers an <see cref="IChatClient"/> bound from section <c>LlamaFp4</c>, if a configuration is registered.</summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="configure">Changes the options after the configuration; <see langword="null"/> for none.</param>
    /// <returns>A builder that adds middleware around the client.</returns>
    /// <exception cref="Options.OptionsValidationException">An option is invalid: thrown when a host starts, or when the client is first resolved.</exception>
    public static ChatClientBuilder AddLlamaFp4ChatClient(this IServiceCollection services, Action<LlamaFp4Options>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);

        return ChatClientRegistration.Add(services, serviceKey: null, section: null, sessionFactory: null, configure);
    }

    /// <summary>Registers an <see cref="IChatClient"/> bound from a section of your choice.</summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="section">Holds the keys of <see cref="LlamaFp4Options"/>.</param>
    /// <param name="configure">Changes the options after the configuration; <see langword="null"/> for none.</param>
    /// <inheritdoc cref="AddLlamaFp4ChatClient(IServiceCollection, Action{LlamaFp4Options})" path="/returns|/exception"/>
    public static ChatClientBuilder AddLlamaFp4ChatClient(this IServiceCollection services, IConfiguration section, Action<LlamaFp4Options>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);

        return ChatClientRegistration.Add(services, serviceKey: null, section, sessionFactory: null, configure);
    }

    /// <summary>Registers an <see cref="IChatClient"/> over a session of your own.</summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="sessionFactory">Creates the session, once: when the client is resolved, or the host starts. The container disposes it.</param>
    /// <param name="configure">Changes the options after the configuration; <see langword="null"/> for none.</param>
    /// <inheritdoc cref="AddLlamaFp4ChatClient(IServiceCollection, Action{LlamaFp4Options})" path="/returns|/exception"/>
    public static ChatClientBuilder AddLlamaFp4ChatClient(
        this IServiceCollection services, Func<IServiceProvider, ITokenSession> sessionFactory, Action<LlamaFp4Options>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(sessionFactory);

        return ChatClientRegistration.Add(services, serviceKey: null, section: null, sessionFactory, configure);
    }

    /// <summary>Registers a keyed <see cref="IChatClient"/> bound from section <c>LlamaFp4:{key}</c>, if a configuration is registered.</summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="serviceKey">Key of client and session; its text names the options.</param>
    /// <param name="configure">Changes the options after the configuration; <see langword="null"/> for none.</param>
    /// <inheritdoc cref="AddLlamaFp4ChatClient(IServiceCollection, Action{LlamaFp4Options})" path="/returns|/exception"/>
    public static ChatClientBuilder AddKeyedLlamaFp4ChatClient(this IServiceCollection services, object serviceKey, Action<LlamaFp4Options>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(serviceKey);

        return ChatClientRegistration.Add(services, serviceKey, section: null, sessionFactory: null, configure);
    }

    /// <summary>Registers a keyed <see cref="IChatClient"/> bound from a section of your choice.</summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="serviceKey">Key of client and session; its text names the options.</param>
    /// <param name="section">Holds the keys of <see cref="LlamaFp4Options"/>.</param>
    /// <param name="configure">Changes the options after the configuration; <see langword="null"/> for none.</param>
    /// <inheritdoc cref="AddLlamaFp4ChatClient(IServiceCollection, Action{LlamaFp4Options})" path="/returns|/exception"/>
    public static ChatClientBuilder AddKeyedLlamaFp4ChatClient(
        this IServiceCollection services, object serviceKey, IConfiguration section, Action<LlamaFp4Options>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(serviceKey);
        ArgumentNullException.ThrowIfNull(section);

        return ChatClientRegistration.Add(services, serviceKey, section, sessionFactory: null, configure);
    }

    /// <summary>Registers a keyed <see cref="IChatClient"/> over a session of your own.</summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="serviceKey">Key of client and session; its text names the options.</param>
    /// <param name="sessionFactory">Creates the session, once: when the client is resolved, or the host starts. The container disposes it.</param>
    /// <param name="configure">Changes the options after the configuration; <see langword="null"/> for none.</param>
    /// <inheritdoc cref="AddLlamaFp4ChatClient(IServiceCollection, Action{LlamaFp4Options})" path="/returns|/exception"/>
    public static ChatClientBuilder AddKeyedLlamaFp4ChatClient(
        this IServiceCollection services, object serviceKey, Func<IServiceProvider, ITokenSession> sessionFactory, Action<LlamaFp4Options>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(serviceKey);
        ArgumentNullException.ThrowIfNull(sessionFactory);

        return ChatClientRegistration.Add(services, serviceKey, section: null, sessionFactory, configure);
    }
}
