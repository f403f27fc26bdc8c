using System.Runtime.CompilerServices;
using LlamaFp4.Extensions.Loading;
using LlamaFp4.Extensions.Registration;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Provider;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.Extensions.Chat;

/// <summary>The client that a container hands out. It is there before its model is, and its requests wait for the model.</summary>
internal sealed class HostedChatClient : IChatClient
{
    private readonly LlamaFp4Options _options;
    private readonly ITokenSession _registered;
    private readonly SharedSession _session;
    private readonly LlamaFp4ChatClientOptions _clientOptions;
    private readonly ILoggerFactory? _loggers;
    private readonly ToolInvocationHint _hint;
    private readonly ChatClientMetadata _earlyMetadata;
    private LlamaFp4ChatClient? _client;

    /// <param name="services">The container.</param>
    /// <param name="registration">Whose session and options to use.</param>
    /// <param name="clientKey">The key under which this client, with the middleware around it, is registered.</param>
    public HostedChatClient(IServiceProvider services, ClientRegistration registration, object? clientKey)
    {
        _options = registration.OptionsOf(services);
        _registered = registration.TokenSessionOf(services);
        _session = SharedSession.Behind(_registered);
        _clientOptions = ClientOptions.Of(_options, services.GetService<TimeProvider>());
        _loggers = services.GetService<ILoggerFactory>();
        _hint = new ToolInvocationHint(services, clientKey, _loggers);
        _earlyMetadata = ClientOptions.MetadataOf(_options);
    }

    private LlamaFp4ChatClient? Client => _client ?? (_session.Ready is { } session ? Over(session) : null);

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return RespondAsync(messages, options, cancellationToken);
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return Client is { } client
            ? _hint.Watch(client.GetStreamingResponseAsync(messages, options, cancellationToken), options)
            : WaitAndStreamAsync(messages, options, cancellationToken);
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType.IsInstanceOfType(this) ? this
            : Client is { } client ? client.GetService(serviceType)
            : serviceType == typeof(ChatClientMetadata) ? _earlyMetadata
            : serviceType.IsInstanceOfType(_registered) ? _registered
            : null;
    }

    /// <summary>Does nothing: the session belongs to the container.</summary>
    public void Dispose()
    {
    }

    private async Task<ChatResponse> RespondAsync(IEnumerable<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken)
    {
        var client = Client ?? await WaitForClientAsync(cancellationToken).ConfigureAwait(false);
        var response = await client.GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);
        _hint.Consider(response.FinishReason);
        return response;
    }

    private async IAsyncEnumerable<ChatResponseUpdate> WaitAndStreamAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var client = await WaitForClientAsync(cancellationToken).ConfigureAwait(false);
        var updates = client.GetStreamingResponseAsync(messages, options, cancellationToken);
        await foreach (var update in _hint.Watch(updates, options).ConfigureAwait(false))
        {
            yield return update;
        }
    }

    private async Task<LlamaFp4ChatClient> WaitForClientAsync(CancellationToken cancellationToken) =>
        Over(await _session.WaitAsync(_options.ReadyTimeout, _options.KeyOf(nameof(_options.ReadyTimeout)), cancellationToken).ConfigureAwait(false));

    // One client for good: it remembers the tokens of its answers, so that the next prompt begins with them.
    private LlamaFp4ChatClient Over(ITokenSession session)
    {
        LlamaFp4ChatClient client = new(session, _clientOptions, _loggers);
        return Interlocked.CompareExchange(ref _client, client, null) ?? client;
    }
}
