using System.Diagnostics;
using System.Globalization;
using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Cpu.KvCache;
using LlamaFp4.Native.Cpu.Scheduling;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Bench.Engine;

/// <summary>Fills a whole context: a short conversation for comparison, a prompt that leaves room for one more turn, and that turn, which fills it up.</summary>
internal static class ContextBench
{
    private const int ShortPrompt = 512;

    // What the user says in the second turn.
    private const int MessageTokens = 512;

    public static async Task RunAsync(EngineOptions options)
    {
        var answer = options.NewTokens ?? options.Shape.NewTokens;
        using var checkpoint = LlamaCheckpoint.Open(options.Directory ?? options.Shape.WriteOnce());
        var config = checkpoint.Config;
        if (config.ContextLength < ShortPrompt + MessageTokens + (2 * answer))
        {
            throw new ArgumentException($"A context of {config.ContextLength} tokens has no room for two answers of {answer} and a message of {MessageTokens}.");
        }

        var layout = new KvLayout(config.LayerCount, config.KvHeadCount, config.HeadSize, options.KvCacheType);
        var pages = PagedKvCache.PagesFor(config.ContextLength);
        using var runtime = new EngineRuntime(checkpoint, new CpuSessionOptions
        {
            Numerics = options.Numerics,
            Int8OutputHead = options.Int8Head,
            KvCacheType = options.KvCacheType,
            ThreadCount = options.Threads.Max(),
            PinThreads = options.PinThreads,
            MaxConcurrentRequests = 1,
            KvCacheTokens = config.ContextLength,
        });

        var random = new Random(1);
        int[] Tokens(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(config.VocabularySize))];
        async Task<ContextTurn> RunTurnAsync(string name, int[] prompt)
        {
            var request = new GenerationRequest
            {
                PromptTokenIds = prompt,
                MaxNewTokens = answer,
                StopTokenIds = [],
                Sampling = new SamplingParameters { Temperature = 0 },
            };
            return await ContextTurn.MeasureAsync(name, runtime.Generate(GenerationPlan.Create(request, runtime.Model, config), CancellationToken.None));
        }

        // Before anything is cached: what is resident from then on is keys and values.
        List<ContextTurn> turns = [await RunTurnAsync("a short prompt", Tokens(ShortPrompt))];
        var before = Environment.WorkingSet - (layout.PageBytes * PagedKvCache.PagesFor(ShortPrompt + answer - 1));
        var prompt = Tokens(config.ContextLength - MessageTokens - (2 * answer));
        turns.Add(await RunTurnAsync("the long prompt", prompt));
        turns.Add(await RunTurnAsync("the second turn", [.. prompt, .. turns[^1].Answer, .. Tokens(MessageTokens)]));
        var grown = Environment.WorkingSet - before;

        var text = CultureInfo.InvariantCulture;
        Console.WriteLine(string.Create(text, $"{options.Directory ?? options.Shape.Name} on {runtime.Model.Device}; context {runtime.Model.ContextLength:N0}, KV cache {options.KvCacheType}"));
        Console.WriteLine();
        Console.WriteLine("| | prompt | cached | first token after, s | read, tok/s | generated | tok/s |");
        Console.WriteLine("|---|--:|--:|--:|--:|--:|--:|");
        foreach (var turn in turns)
        {
            Console.WriteLine(string.Create(
                text,
                $"| {turn.Name} | {turn.Usage.PromptTokens:N0} | {turn.Usage.CachedPromptTokens:N0} | {turn.FirstSeconds:F2} | {turn.ReadPerSecond:N0} | {turn.Answer.Length} | {turn.GeneratedPerSecond:N0} |"));
        }

        Console.WriteLine();
        Console.WriteLine(string.Create(
            text, $"KV cache: {layout.PageBytes / KvLayout.PageTokens:N0} B a token, {pages * layout.PageBytes / 1e6:N1} MB for the context; resident memory grew by {grown / 1e6:N1} MB"));
    }

    /// <summary>A turn of a conversation, timed.</summary>
    private sealed record ContextTurn(string Name, TokenUsage Usage, int[] Answer, double FirstSeconds, double RestSeconds)
    {
        public double ReadPerSecond => (Usage.PromptTokens - Usage.CachedPromptTokens) / FirstSeconds;

        public double GeneratedPerSecond => (Answer.Length - 1) / RestSeconds;

        public static async Task<ContextTurn> MeasureAsync(string name, IAsyncEnumerable<TokenDelta> answer)
        {
            List<int> tokens = [];
            TokenUsage? usage = null;
            var (start, first) = (Stopwatch.GetTimestamp(), 0L);
            await foreach (var delta in answer)
            {
                first = first == 0 ? Stopwatch.GetTimestamp() : first;
                tokens.AddRange(delta.TokenIds.Span);
                usage = delta.Usage ?? usage;
            }

            return new ContextTurn(
                name, usage!, [.. tokens], Stopwatch.GetElapsedTime(start, first).TotalSeconds, Stopwatch.GetElapsedTime(first).TotalSeconds);
        }
    }
}
