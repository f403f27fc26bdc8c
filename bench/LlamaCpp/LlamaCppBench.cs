using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using LlamaFp4.Bench.Engine;
using LlamaFp4.Bench.LlamaCpp.Interop;

namespace LlamaFp4.Bench.LlamaCpp;

/// <summary>Measures llama.cpp as <see cref="EngineBench"/> measures the CPU engine. Its shared libraries are the caller's to bring.</summary>
internal static unsafe class LlamaCppBench
{
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(4);

    public static void Run(string libraries, string format, EngineOptions options)
    {
        NativeLibrary.SetDllImportResolver(typeof(Llama).Assembly, (name, assembly, path) =>
            name == Llama.Library ? NativeLibrary.Load(Path.Combine(libraries, OperatingSystem.IsWindows() ? "llama.dll" : OperatingSystem.IsMacOS() ? "libllama.dylib" : "libllama.so")) : 0);
        Llama.llama_log_set(&Ignore, null);
        Llama.llama_backend_init();
        var path = format.EndsWith(".gguf", StringComparison.Ordinal) ? format : GgufFile.WriteOnce(options.Shape, format);
        var model = Llama.llama_model_load_from_file(path, Llama.llama_model_default_params());
        if (model == null)
        {
            throw new InvalidDataException($"llama.cpp cannot load '{path}'.");
        }

        Console.WriteLine($"{Path.GetFileName(path)}, {new FileInfo(path).Length / 1e6:N0} MB");
        Console.WriteLine();
        Console.WriteLine("| work | threads | streams | tokens | tok/s |");
        Console.WriteLine("|---|--:|--:|--:|--:|");
        var prompt = options.PromptTokens ?? options.Shape.PromptTokens;
        var answer = options.NewTokens ?? options.Shape.NewTokens;
        foreach (var threads in options.Threads)
        {
            Measure(model, "prefill", threads, 1, prompt, prompt);
            foreach (var streams in options.Streams)
            {
                Measure(model, "decode", threads, streams, answer, 1);
            }
        }

        Llama.llama_model_free(model);
    }

    private static void Measure(void* model, string work, int threads, int streams, int tokens, int tokensOfStep)
    {
        var parameters = Llama.llama_context_default_params();
        parameters.ContextTokens = (uint)(streams * (tokens + 256));
        parameters.MaxSequences = (uint)streams;
        var context = Llama.llama_init_from_model(model, parameters);
        Llama.llama_set_n_threads(context, threads, threads);
        var batch = Llama.llama_batch_init(streams * tokensOfStep, 0, 1);
        var vocabulary = Llama.llama_vocab_n_tokens(Llama.llama_model_get_vocab(model));
        var times = new List<double>();
        var started = Stopwatch.GetTimestamp();
        do
        {
            Llama.llama_memory_clear(Llama.llama_get_memory(context), 1);
            var start = Stopwatch.GetTimestamp();
            for (var position = 0; position < tokens; position += tokensOfStep)
            {
                Fill(ref batch, streams, position, tokensOfStep, vocabulary);
                if (Llama.llama_decode(context, batch) != 0)
                {
                    throw new InvalidOperationException("llama.cpp could not compute the tokens.");
                }

                Llama.llama_synchronize(context);
            }

            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        while (times.Count < 9 && Stopwatch.GetElapsedTime(started) < LongEnough);

        // The first filled the cache.
        var median = times.Skip(times.Count > 1 ? 1 : 0).Order().ElementAt((times.Count - 1) / 2);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {work} | {threads} | {streams} | {tokens} | {streams * tokens / median:N1} |"));
        Llama.llama_batch_free(batch);
        Llama.llama_free(context);
    }

    // Which tokens does not matter; logits are wanted of the last of each sequence.
    private static void Fill(ref LlamaBatch batch, int streams, int position, int tokens, int vocabulary)
    {
        batch.Count = streams * tokens;
        for (var i = 0; i < batch.Count; i++)
        {
            var (sequence, offset) = Math.DivRem(i, tokens);
            batch.Tokens[i] = ((position + offset) * 7919 + sequence) % vocabulary;
            batch.Positions[i] = position + offset;
            batch.SequenceCounts[i] = 1;
            batch.Sequences[i][0] = sequence;
            batch.WantsLogits[i] = (sbyte)(offset == tokens - 1 ? 1 : 0);
        }
    }

    [UnmanagedCallersOnly]
    private static void Ignore(int level, byte* text, void* data)
    {
    }
}
