using System.Net;

namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>An endpoint taken apart: where it is, whether in the clear, and what it speaks if its scheme says so.</summary>
/// <param name="Endpoint">As it was configured, for messages.</param>
/// <param name="HttpUri">The same place as an <c>http</c> or <c>https</c> URI that ends in a slash.</param>
/// <param name="Transport"><see cref="TensorRtLlmTransport.Auto"/> if it has to be found out.</param>
internal sealed record ServerAddress(Uri Endpoint, Uri HttpUri, TensorRtLlmTransport Transport)
{
    private const int DefaultPort = 8000;

    /// <summary>Whether the transport was chosen, by scheme or option, and not found out.</summary>
    public bool IsExplicit { get; init; } = Transport != TensorRtLlmTransport.Auto;

    public bool IsLoopback => HttpUri.IsLoopback || (IPAddress.TryParse(HttpUri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    /// <exception cref="ArgumentException">The URI is of no known scheme, has parts that mean nothing here, or contradicts the chosen transport.</exception>
    public static ServerAddress Parse(Uri endpoint, TensorRtLlmTransport chosen)
    {
        if (!endpoint.IsAbsoluteUri)
        {
            throw Refuse(endpoint, "is not absolute");
        }

        var (transport, isEncrypted) = endpoint.Scheme switch
        {
            "smg" => (TensorRtLlmTransport.Smg, false),
            "smgs" => (TensorRtLlmTransport.Smg, true),
            "openengine" => (TensorRtLlmTransport.OpenEngine, false),
            "openengines" => (TensorRtLlmTransport.OpenEngine, true),
            "http" => (chosen, false),
            "https" => (chosen, true),
            _ => throw Refuse(endpoint, $"has the scheme '{endpoint.Scheme}'"),
        };
        if (chosen != TensorRtLlmTransport.Auto && chosen != transport)
        {
            throw Refuse(endpoint, $"speaks {transport}, but Transport says {chosen}");
        }

        if (endpoint.Host.Length == 0 || endpoint.UserInfo.Length > 0 || endpoint.Query.Length > 0 || endpoint.Fragment.Length > 0)
        {
            throw Refuse(endpoint, "lacks a host or has user, query or fragment");
        }

        // gRPC paths start at the root.
        if (endpoint.AbsolutePath.Length > 1 && transport is TensorRtLlmTransport.Smg or TensorRtLlmTransport.OpenEngine)
        {
            throw Refuse(endpoint, "has a path, which gRPC servers do not");
        }

        var uri = new UriBuilder(isEncrypted ? Uri.UriSchemeHttps : Uri.UriSchemeHttp, endpoint.Host, endpoint.Port < 0 ? DefaultPort : endpoint.Port, $"{endpoint.AbsolutePath.TrimEnd('/')}/").Uri;
        return new ServerAddress(endpoint, uri, transport);
    }

    public override string ToString() => Endpoint.OriginalString;

    private static ArgumentException Refuse(Uri endpoint, string what) =>
        new($"The endpoint '{endpoint.OriginalString}' {what}; expected smg://, smgs://, openengine://, openengines://, http:// or https:// with host and port.", nameof(endpoint));
}
