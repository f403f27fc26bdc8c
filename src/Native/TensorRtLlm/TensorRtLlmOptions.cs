using System.Net.Security;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>Which <c>trtllm-serve</c> processes run the model, and how they are used.</summary>
public sealed class TensorRtLlmOptions
{
    // Far beyond what one process of trtllm-serve takes on.
    private const int MaxParallel = 65_536;

    // What trtllm-serve accepts; a larger message cannot arrive.
    private const int MaxMessageMegabytes = 64;

    /// <summary>Where the servers are reached. Requests go to the healthy one with the fewest of them.</summary>
    /// <remarks>
    /// <para>The scheme names the wire format and whether it is encrypted: <c>smg://host:port</c>, <c>openengine://host:port</c> and
    /// <c>http://host:port</c> in the clear; <c>smgs</c>, <c>openengines</c> and <c>https</c> over TLS. What an <c>http</c> or <c>https</c>
    /// endpoint speaks is found out by asking, unless <see cref="Transport"/> says it. A path is allowed with HTTP only.</para>
    /// <para>All servers must run the same model.</para>
    /// </remarks>
    /// <value>At least one; a port left out is 8000, the default of <c>trtllm-serve</c>, or that of <c>http</c> and <c>https</c>.</value>
    public IList<Uri> Endpoints { get; } = [];

    /// <summary>Directory with the <c>.json</c> files of the checkpoint the servers run (configuration, quantisation, generation defaults, tokenizer); weights are not read.</summary>
    /// <remarks>Gives the tokenizer, the stop ids and the default sampling. Vocabulary and context length of the servers are checked against it.</remarks>
    /// <value>Must be set.</value>
    public string CheckpointDirectory { get; set; } = string.Empty;

    /// <summary>Most tokens of prompt and answer together. HTTP servers do not tell what they were started with (<c>--max_seq_len</c>); say it here.</summary>
    /// <value>At least 1. <see langword="null"/> (default): what the servers tell, else the checkpoint's own limit. The narrowest of the three holds.</value>
    public int? ContextLength { get; set; }

    /// <summary>The wire format of endpoints whose scheme leaves it open.</summary>
    /// <value>Default: <see cref="TensorRtLlmTransport.Auto"/>.</value>
    public TensorRtLlmTransport Transport { get; set; }

    /// <summary>The name the model presents itself under, and the one sent to servers that want a name.</summary>
    /// <value><see langword="null"/> (default): the server's own.</value>
    public string? ModelId { get; set; }

    /// <summary>Sent as <c>Authorization: Bearer …</c> with every call, for an authenticating proxy; <c>trtllm-serve</c> itself knows none.</summary>
    /// <value><see langword="null"/> (default): none. In the clear it is only as safe as the network.</value>
    public string? BearerToken { get; set; }

    /// <summary>Changes how TLS connections are made, for example which certificates are trusted or shown.</summary>
    /// <value><see langword="null"/> (default): the system's trust, no client certificate. Called once or more for each server.</value>
    public Action<SslClientAuthenticationOptions>? ConfigureTls { get; set; }

    /// <summary>How long one attempt to connect, or one question about model or health, may take.</summary>
    /// <value>Default: 10 seconds.</value>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long to wait until one of the servers is there. They refuse connections while they load.</summary>
    /// <value>Default: 30 seconds. Zero: one attempt. Loading 405B takes minutes; 30 minutes are not too much for it.</value>
    public TimeSpan StartUpTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a request may be without its first token: the server's queue and the prompt's computation.</summary>
    /// <value>Default: 5 minutes. <see cref="Timeout.InfiniteTimeSpan"/>: forever.</value>
    public TimeSpan FirstTokenTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a running request may be without a further token.</summary>
    /// <value>Default: 1 minute. <see cref="Timeout.InfiniteTimeSpan"/>: forever.</value>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a request may take altogether.</summary>
    /// <value>Default: <see cref="Timeout.InfiniteTimeSpan"/>, forever.</value>
    public TimeSpan RequestTimeout { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>How often each server is asked for its health.</summary>
    /// <remarks>Two failures in a row take a server out. It is used again once it is healthy and has generated a token.</remarks>
    /// <value>Default: 10 seconds.</value>
    public TimeSpan HealthInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether to try out, on connecting, that guides are enforced. SMG and HTTP servers started without <c>guided_decoding_backend</c> ignore them in silence.</summary>
    /// <value>Default: <see langword="true"/>; a server that fails the trial is used, but guides are refused. <see langword="false"/> trusts the server.</value>
    public bool VerifyGuides { get; set; } = true;

    /// <summary>Most requests that one server is given at once; further ones wait here, in order.</summary>
    /// <remarks>Servers queue in silence, so the place to see a queue, and to refuse, is here. About the server's <c>max_batch_size</c> is right.</remarks>
    /// <value>From 1. <see langword="null"/> (default): the server's <c>max_batch_size</c> if it tells, else 256.</value>
    public int? MaxConcurrentRequests { get; set; }

    /// <summary>Most requests waiting for a place; one more is refused with <see cref="Sessions.SessionOverloadedException"/>.</summary>
    /// <value>At least 0; default 1,024.</value>
    public int MaxQueuedRequests { get; set; } = 1024;

    /// <summary>HTTP/2 connections to each gRPC server, used in turn: one alone becomes the bottleneck at high concurrency.</summary>
    /// <value>From 1 to 64; default 4.</value>
    public int ConnectionsPerEndpoint { get; set; } = 4;

    /// <summary>The largest message that is accepted, in MiB. Long answers with log probabilities need much.</summary>
    /// <value>From 1 to 64, which is the default and the most a server sends.</value>
    public int MaxMessageSize { get; set; } = MaxMessageMegabytes;

    /// <summary>Pause between keep-alive pings on gRPC connections that carry requests.</summary>
    /// <remarks>Over loopback none are sent. An SMG server closes a connection, and so fails its requests, after a few pings within 5 minutes in which it sends
    /// nothing, as in a long prefill. A shorter pause is for proxies that want one.</remarks>
    /// <value>At least 10 seconds. <see langword="null"/> (default): 6 minutes.</value>
    public TimeSpan? KeepAliveInterval { get; set; }

    /// <summary>Where the session logs: which servers it uses, and when they come and go.</summary>
    /// <value><see langword="null"/> (default): nowhere.</value>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>The clock of timeouts and health checks.</summary>
    internal TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    internal TensorRtLlmOptions Copy()
    {
        var copy = new TensorRtLlmOptions
        {
            CheckpointDirectory = CheckpointDirectory,
            ContextLength = ContextLength,
            Transport = Transport,
            ModelId = ModelId,
            BearerToken = BearerToken,
            ConfigureTls = ConfigureTls,
            ConnectTimeout = ConnectTimeout,
            StartUpTimeout = StartUpTimeout,
            FirstTokenTimeout = FirstTokenTimeout,
            IdleTimeout = IdleTimeout,
            RequestTimeout = RequestTimeout,
            HealthInterval = HealthInterval,
            VerifyGuides = VerifyGuides,
            MaxConcurrentRequests = MaxConcurrentRequests,
            MaxQueuedRequests = MaxQueuedRequests,
            ConnectionsPerEndpoint = ConnectionsPerEndpoint,
            MaxMessageSize = MaxMessageSize,
            KeepAliveInterval = KeepAliveInterval,
            LoggerFactory = LoggerFactory,
            TimeProvider = TimeProvider,
        };
        foreach (var endpoint in Endpoints)
        {
            copy.Endpoints.Add(endpoint);
        }

        return copy;
    }

    /// <exception cref="ArgumentException">An option is missing or out of its range.</exception>
    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(CheckpointDirectory, nameof(CheckpointDirectory));
        if (Endpoints.Count == 0 || Endpoints.Contains(null!))
        {
            throw new ArgumentException("Endpoints must hold at least one URI, and no null.", nameof(Endpoints));
        }

        if (!Enum.IsDefined(Transport))
        {
            throw new ArgumentOutOfRangeException(nameof(Transport), Transport, "Transport must be Auto, Smg, OpenEngine or Http.");
        }

        RequireInRange(ContextLength ?? 1, 1, int.MaxValue, nameof(ContextLength));
        RequireInRange(ConnectionsPerEndpoint, 1, 64, nameof(ConnectionsPerEndpoint));
        RequireInRange(MaxMessageSize, 1, MaxMessageMegabytes, nameof(MaxMessageSize));
        RequireInRange(MaxConcurrentRequests ?? 1, 1, MaxParallel, nameof(MaxConcurrentRequests));
        RequireInRange(MaxQueuedRequests, 0, int.MaxValue, nameof(MaxQueuedRequests));
        RequireDuration(ConnectTimeout, nameof(ConnectTimeout));
        RequireDuration(HealthInterval, nameof(HealthInterval));
        RequireDurationOrInfinite(FirstTokenTimeout, nameof(FirstTokenTimeout));
        RequireDurationOrInfinite(IdleTimeout, nameof(IdleTimeout));
        RequireDurationOrInfinite(RequestTimeout, nameof(RequestTimeout));
        if (StartUpTimeout != TimeSpan.Zero)
        {
            RequireDurationOrInfinite(StartUpTimeout, nameof(StartUpTimeout));
        }

        if (KeepAliveInterval < TimeSpan.FromSeconds(10))
        {
            throw new ArgumentOutOfRangeException(nameof(KeepAliveInterval), KeepAliveInterval, "KeepAliveInterval must be at least 10 seconds, or servers close the connection.");
        }
    }

    private static void RequireInRange(int value, int least, int most, string name)
    {
        if (value < least || value > most)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be from {least} to {most}.");
        }
    }

    // Some timers take no more than 2^31 - 1 milliseconds, 24 days.
    private static void RequireDuration(TimeSpan value, string name)
    {
        if (value <= TimeSpan.Zero || value > TimeSpan.FromDays(24))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be above zero and at most 24 days.");
        }
    }

    private static void RequireDurationOrInfinite(TimeSpan value, string name)
    {
        if (value != Timeout.InfiniteTimeSpan)
        {
            RequireDuration(value, name);
        }
    }
}
