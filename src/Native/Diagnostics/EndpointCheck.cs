using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace LlamaFp4.Native.Diagnostics;

/// <summary>Whether an endpoint can be reached, what answers there, and whether it generates.</summary>
internal static class EndpointCheck
{
    private const string Name = "endpoint";

    public static async IAsyncEnumerable<PreflightCheck> RunAsync(Uri endpoint, PreflightTarget target, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return await ReachAsync(endpoint, target.Options.Timeout, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<PreflightCheck> ReachAsync(Uri endpoint, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        var clock = Stopwatch.StartNew();
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(endpoint.Host, endpoint.Port, deadline.Token).ConfigureAwait(false);
            return PreflightCheck.Ok(Name, string.Create(CultureInfo.InvariantCulture, $"{endpoint} accepts connections ({clock.Elapsed.TotalMilliseconds:0.0} ms)."));
        }
        catch (SocketException exception)
        {
            return PreflightCheck.Failure(Name, $"{endpoint} cannot be reached: {exception.Message}", "Check host and port. The port opens only after the model is loaded, which takes minutes.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return PreflightCheck.Failure(Name, $"{endpoint} did not answer within {timeout.TotalSeconds:0} s.", "Check the address, and firewalls between here and there.");
        }
    }
}
