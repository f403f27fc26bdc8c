using System.Diagnostics;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;
using LlamaFp4.PocketModel;
using LlamaFp4.StandIns;

namespace LlamaFp4.Bench.Wire;

/// <summary>A stand-in in a process of its own, so that what it costs is not counted as the client's.</summary>
internal sealed class StandInProcess : IDisposable
{
    /// <summary>The time of sending takes two ids.</summary>
    public const int PacedTokensPerMessage = 2;

    private readonly Process _process;

    private StandInProcess(Process process, Uri endpoint)
    {
        _process = process;
        Endpoint = endpoint;
    }

    public Uri Endpoint { get; }

    public static async Task<StandInProcess> StartAsync(string path, bool isPaced)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        string[] arguments = [.. HostedAssembly(), "wire-server", path, isPaced ? "paced" : "fast"];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The stand-in ended before it listened.");
        return new StandInProcess(process, new Uri(line));
    }

    /// <summary>What runs in that process: serves until its input ends, as it does when the parent is gone.</summary>
    public static async Task ServeAsync(string path, bool isPaced)
    {
        if (path == "openai")
        {
            await using var chat = await ChatStandIn.StartAsync(isPaced);
            await UntilInputEndsAsync(chat.Endpoint);
            return;
        }

        var tokenizer = LlamaTokenizer.Load(PocketCheckpoint.DirectoryPath);
        var model = ReplaySession.CreateModel(tokenizer, contextLength: 2048, tokenizer.SpecialTokens.EndOfTurn);
        using ITokenSession engine = isPaced ? new PacedSession(tokenizer, model) : new ReplaySession(tokenizer, model, [.. Enumerable.Range(1000, 1000)]);
        await using var server = await StandInServer.StartAsync(
            path == "frames" ? StandInProtocol.Smg : Enum.Parse<StandInProtocol>(path, ignoreCase: true),
            engine,
            new StandInBehaviour { TokensPerMessage = isPaced ? PacedTokensPerMessage : 1, IgnoresGuides = true });
        await UntilInputEndsAsync(server.Endpoint);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    // Under `dotnet run` the process is the program itself, under `dotnet x.dll` it is dotnet.
    private static string[] HostedAssembly() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(StandInProcess).Assembly.Location] : [];

    private static async Task UntilInputEndsAsync(Uri endpoint)
    {
        Console.WriteLine(endpoint);
        await Console.In.ReadToEndAsync();
    }
}
