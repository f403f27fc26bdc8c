using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace LlamaFp4.FakeTrtLlmServe;

/// <summary>A process that does what its test says over a connection, whose end tells the test that the process is gone.</summary>
internal static class Puppet
{
    private const string StringsVariable = "PUPPET_STRINGS";

    private static readonly List<PosixSignalRegistration> Signals = [];

    public static async Task RunAsync(string role, string[] arguments)
    {
        var port = int.Parse(Environment.GetEnvironmentVariable(StringsVariable)!, CultureInfo.InvariantCulture);
        using var strings = new TcpClient();
        await strings.ConnectAsync(IPAddress.Loopback, port);
        using var reader = new StreamReader(strings.GetStream());
        using var writer = new StreamWriter(strings.GetStream()) { AutoFlush = true };
        await writer.WriteLineAsync(string.Join('\t', [role, Environment.ProcessId.ToString(CultureInfo.InvariantCulture), .. arguments]));
        while (await reader.ReadLineAsync() is { } order)
        {
            Obey(order.Split(' ', 2), arguments);
            await writer.WriteLineAsync("done");
        }
    }

    private static void Obey(string[] order, string[] arguments)
    {
        switch (order)
        {
            case ["out", var text]:
                Console.Out.WriteLine(text);
                break;
            case ["err", var text]:
                // Progress bars end with a carriage return.
                Console.Error.Write(text.Replace("\\r", "\r", StringComparison.Ordinal));
                break;
            case ["answer", var status]:
                HealthEndpoint.Answer(int.Parse(arguments[Array.IndexOf(arguments, "--port") + 1], CultureInfo.InvariantCulture), status);
                break;
            case ["ignore-sigterm"]:
                Signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => context.Cancel = true));
                break;
            case ["spawn", var launcher]:
                Spawn(launcher);
                break;
            case ["environment", var name]:
                Console.Out.WriteLine($"{name}={Environment.GetEnvironmentVariable(name)}");
                break;
            case ["exit", var code]:
                Environment.Exit(int.Parse(code, CultureInfo.InvariantCulture));
                break;
            default:
                throw new ArgumentException($"Unknown order '{string.Join(' ', order)}'.");
        }
    }

    // "setsid" takes the child out of the server's session and process group, as MPI's launcher does.
    private static void Spawn(string launcher)
    {
        var start = launcher == "setsid"
            ? new ProcessStartInfo("setsid", [Environment.ProcessPath!, "worker"])
            : new ProcessStartInfo(Environment.ProcessPath!, ["worker"]);
        Process.Start(start)!.Dispose();
    }
}
