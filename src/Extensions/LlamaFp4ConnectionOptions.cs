using System.Net.Security;
using LlamaFp4.Extensions.Registration;
using LlamaFp4.Extensions.Validation;
using LlamaFp4.Native.TensorRtLlm;

namespace LlamaFp4.Extensions;

/// <summary>How <c>trtllm-serve</c> processes are reached: section <c>Connection</c> of <see cref="LlamaFp4Options"/>.</summary>
public sealed class LlamaFp4ConnectionOptions
{
    /// <summary>The wire format: of endpoints whose scheme leaves it open, and of a server started here.</summary>
    /// <value>Default: <see cref="TensorRtLlmTransport.Auto"/>: endpoints are asked, and a server started here speaks <see cref="TensorRtLlmTransport.Smg"/>.</value>
    [Named]
    public TensorRtLlmTransport Transport { get; set; }

    /// <summary>Sent as <c>Authorization: Bearer …</c> with every call, for an authenticating proxy; <c>trtllm-serve</c> itself knows none.</summary>
    /// <value><see langword="null"/> (default): none. In the clear it is only as safe as the network.</value>
    public string? BearerToken { get; set; }

    /// <summary>Changes how TLS connections are made, for example which certificates are trusted or shown. Set in code only.</summary>
    /// <value><see langword="null"/> (default): the system's trust, no client certificate. Called for each connection.</value>
    public Action<SslClientAuthenticationOptions>? ConfigureTls { get; set; }

    /// <summary>How long one attempt to connect, or one question about model or health, may take.</summary>
    /// <value>Above zero; default: 10 seconds.</value>
    [Duration]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long to wait until one of the endpoints is there. They refuse connections while they load.</summary>
    /// <value>Default: 30 seconds. Zero: one attempt. Loading 405B takes minutes; 30 minutes are not too much for it.</value>
    [Wait]
    public TimeSpan StartUpTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a request may be without its first token: the server's queue and the prompt's computation.</summary>
    /// <value>Above zero; default: 5 minutes. <c>-00:00:00.001</c>: forever.</value>
    [Duration(mayBeInfinite: true)]
    public TimeSpan FirstTokenTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a running request may be without a further token.</summary>
    /// <value>Above zero; default: 1 minute. <c>-00:00:00.001</c>: forever.</value>
    [Duration(mayBeInfinite: true)]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a request may take altogether.</summary>
    /// <value>Above zero; default: <c>-00:00:00.001</c>, forever.</value>
    [Duration(mayBeInfinite: true)]
    public TimeSpan RequestTimeout { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>How often each server is asked for its health. Two failures in a row take it out until it is well again.</summary>
    /// <value>Above zero; default: 10 seconds.</value>
    [Duration]
    public TimeSpan HealthInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether to try out, on connecting, that guides are enforced: servers started without a backend for them ignore them in silence.</summary>
    /// <value>Default: <see langword="true"/>; a server that fails the trial is used, but guides are refused.</value>
    public bool VerifyGuides { get; set; } = true;

    /// <summary>HTTP/2 connections to each gRPC server, used in turn.</summary>
    /// <value>1 to 64; default 4.</value>
    [Between(1, 64)]
    public int ConnectionsPerEndpoint { get; set; } = 4;

    /// <summary>The largest message that is accepted, in MiB. Long answers with log probabilities need much.</summary>
    /// <value>1 to 64; default 64.</value>
    [Between(1, 64)]
    public int MaxMessageSize { get; set; } = 64;

    /// <summary>Pause between keep-alive pings on gRPC connections that carry requests.</summary>
    /// <remarks>SMG servers close connections that are pinged more often than every 5 minutes while they are silent.</remarks>
    /// <value>10 seconds or more. <see langword="null"/> (default): what the servers allow.</value>
    [Duration(leastSeconds: 10)]
    public TimeSpan? KeepAliveInterval { get; set; }

    /// <summary>Where the options around these came from.</summary>
    internal OptionKeys Keys { get; init; } = new();

    internal string KeyOf(string option) => Keys.Of($"{nameof(LlamaFp4Options.Connection)}:{option}");
}
