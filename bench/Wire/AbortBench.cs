using System.Diagnostics;
using System.Globalization;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.Tokenization;
using LlamaFp4.PocketModel;
using LlamaFp4.StandIns;

namespace LlamaFp4.Bench.Wire;

/// <summary>Measures how long a server works on after its consumer has cancelled, or has left the stream as it does at a stop string.</summary>
/// <remarks>The stand-in runs in this process, so that both ends are seen at one clock; it and the streams beside share the processors.</remarks>
internal static class AbortBench
{
    private const int Aborts = 200;

    private const int ContextLength = 2048;

    private static readonly int[] Prompt = [.. Enumerable.Range(1000, 32)];

    public static async Task RunAsync(IEnumerable<string> paths)
    {
        Console.WriteLine();
        Console.WriteLine("| path | streams beside | the consumer | p50 ms | p99 ms | slowest ms |");
        Console.WriteLine("|---|--:|---|--:|--:|--:|");
        foreach (var protocol in paths.Where(path => path is not ("frames" or "openai")).Select(path => Enum.Parse<StandInProtocol>(path, ignoreCase: true)))
        {
            await MeasureAsync(protocol, 0);
            await MeasureAsync(protocol, 64);
        }
    }

    private static async Task MeasureAsync(StandInProtocol protocol, int streams)
    {
        var tokenizer = LlamaTokenizer.Load(PocketCheckpoint.DirectoryPath);
        using var engine = new PacedSession(tokenizer, ReplaySession.CreateModel(tokenizer, ContextLength, tokenizer.SpecialTokens.EndOfTurn));
        await using var server = await StandInServer.StartAsync(protocol, engine, new StandInBehaviour { TokensPerMessage = StandInProcess.PacedTokensPerMessage });
        var options = new TensorRtLlmOptions { CheckpointDirectory = PocketCheckpoint.DirectoryPath, MaxConcurrentRequests = streams + 1, VerifyGuides = false };
        options.Endpoints.Add(server.Endpoint);
        using var session = await TensorRtLlmSession.ConnectAsync(options);

        await server.NextRequestAsync(CancellationToken.None); // the token that the session asks for when it connects
        using var end = new CancellationTokenSource();
        var beside = Enumerable.Range(0, streams).Select(_ => ReadUntilAsync(session, end.Token)).ToArray();
        for (var i = 0; i < streams; i++)
        {
            await server.NextRequestAsync(CancellationToken.None);
        }

        foreach (var cancels in (bool[])[true, false])
        {
            Print(protocol, streams, cancels ? "cancels" : "leaves", await AbortAsync(server, session, cancels));
        }

        await end.CancelAsync();
        await Task.WhenAll(beside);
    }

    private static async Task<double[]> AbortAsync(StandInServer server, TensorRtLlmSession session, bool cancels)
    {
        var milliseconds = new double[Aborts];
        for (var i = 0; i < Aborts; i++)
        {
            using var cancellation = new CancellationTokenSource();
            await using var tokens = session.GenerateAsync(Request(), cancellation.Token).GetAsyncEnumerator(CancellationToken.None);
            await tokens.MoveNextAsync();
            var request = await server.NextRequestAsync(CancellationToken.None);

            var start = Stopwatch.GetTimestamp();
            await (cancels ? cancellation.CancelAsync() : tokens.DisposeAsync().AsTask());
            var seen = await request.Ended;
            milliseconds[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (seen is not (StandInEnd.Cancelled or StandInEnd.Aborted))
            {
                throw new InvalidOperationException($"A request ended as {seen} instead of being aborted.");
            }
        }

        Array.Sort(milliseconds);
        return milliseconds;
    }

    // Longer than all aborts together, so that the next request to arrive is always the one to be aborted.
    private static async Task ReadUntilAsync(TensorRtLlmSession session, CancellationToken end)
    {
        try
        {
            await foreach (var _ in session.GenerateAsync(Request(), end))
            {
                // What is said does not matter.
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }

        throw new InvalidOperationException("A stream beside ended before the last abort.");
    }

    private static GenerationRequest Request() => new() { PromptTokenIds = Prompt, MaxNewTokens = ContextLength - Prompt.Length, StopTokenIds = [] };

    private static void Print(StandInProtocol protocol, int streams, string consumer, double[] milliseconds) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {protocol} | {streams} | {consumer} | {milliseconds[Aborts / 2]:F1} | {milliseconds[Aborts * 99 / 100]:F1} | {milliseconds[^1]:F1} |"));
}
