using System.Runtime.InteropServices;
using System.Text.Json;
using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Tests.Cpu.Model;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Cpu;

/// <summary>The pocket model against logits and greedy answers that PyTorch computed from the same files and the same arithmetic.</summary>
public sealed class PocketReferenceTests : IDisposable
{
    private static readonly IReadOnlyList<PocketCase> Cases = PocketCase.ReadAll();

    public static TheoryData<int> CaseIndices => [.. Enumerable.Range(0, Cases.Count)];

    private readonly LlamaCheckpoint _checkpoint = LlamaCheckpoint.Open(RepositoryFiles.PathOf("models", "pocket"));

    public void Dispose() => _checkpoint.Dispose();

    [Theory]
    [MemberData(nameof(CaseIndices))]
    public void Exact_HasTheReferencesLogitsAndAnswer(int index)
    {
        using var run = new ForwardRun(_checkpoint, CpuNumerics.Exact);
        var reference = Cases[index];

        var logits = Prefill(run, reference.PromptIds);

        // Equal to the last bit up to the head, whose float32 sums have another order.
        Assert.InRange(RelativeError(reference.W4A4Logits, logits), 0, 1e-6);
        AssertGreedy(run, logits, reference.W4A4Greedy, nearTie: 0);
    }

    [Theory]
    [MemberData(nameof(CaseIndices))]
    public void Fast_IsCloseToUnquantisedActivationsAndGivesTheSameAnswer(int index)
    {
        using var run = new ForwardRun(_checkpoint, CpuNumerics.Fast);
        var reference = Cases[index];

        var logits = Prefill(run, reference.PromptIds);

        Assert.InRange(RelativeError(reference.W4A16Logits, logits), 0, 0.01);
        AssertGreedy(run, logits, reference.W4A16Greedy, nearTie: 0.02f);
    }

    [Theory]
    [MemberData(nameof(CaseIndices))]
    public void EightBitKvCache_IsCloseToSixteenBitAndGivesTheSameAnswer(int index)
    {
        using var wide = new ForwardRun(_checkpoint, CpuNumerics.Fast);
        using var narrow = new ForwardRun(_checkpoint, CpuNumerics.Fast, kvCacheType: CpuKvCacheType.EightBit);
        var reference = Cases[index];
        var expected = Prefill(wide, reference.PromptIds);

        var logits = Prefill(narrow, reference.PromptIds);

        Assert.InRange(RelativeError(expected, logits), 0, 0.01);
        Assert.InRange(RelativeError(reference.W4A16Logits, logits), 0, 0.012);
        AssertGreedy(narrow, logits, reference.W4A16Greedy, nearTie: 0.02f);
    }

    private static float[] Prefill(ForwardRun run, IReadOnlyList<int> promptIds)
    {
        float[] logits = [];
        foreach (var chunk in promptIds.Chunk(100))
        {
            logits = run.Step(chunk)[^1];
        }

        return logits;
    }

    /// <summary>Follows the reference's answer: each of its tokens must be the likeliest, or within a near tie of it.</summary>
    private static void AssertGreedy(ForwardRun run, float[] logits, IReadOnlyList<int> expected, float nearTie)
    {
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.True(
                logits[expected[i]] >= logits.Max() - nearTie,
                $"Token {i}: expected {expected[i]} with {logits[expected[i]]}, but {Array.IndexOf(logits, logits.Max())} has {logits.Max()}.");
            logits = run.Step(expected[i])[0];
        }
    }

    private static double RelativeError(float[] expected, float[] actual) =>
        Math.Sqrt(expected.Zip(actual, (e, a) => Math.Pow(e - a, 2)).Sum() / expected.Sum(e => (double)e * e));

    private sealed record PocketCase(
        IReadOnlyList<int> PromptIds, float[] W4A4Logits, IReadOnlyList<int> W4A4Greedy, float[] W4A16Logits, IReadOnlyList<int> W4A16Greedy)
    {
        public static IReadOnlyList<PocketCase> ReadAll()
        {
            using var vectors = JsonDocument.Parse(File.ReadAllText(RepositoryFiles.PathOf("tests", "Vectors", "pocket", "logits.json")));
            return [.. vectors.RootElement.EnumerateArray().Select(entry => new PocketCase(
                Ids(entry.GetProperty("prompt_ids")),
                Logits(entry.GetProperty("w4a4")),
                Ids(entry.GetProperty("w4a4").GetProperty("greedy_ids")),
                Logits(entry.GetProperty("w4a16")),
                Ids(entry.GetProperty("w4a16").GetProperty("greedy_ids"))))];
        }

        private static int[] Ids(JsonElement ids) => [.. ids.EnumerateArray().Select(id => id.GetInt32())];

        private static float[] Logits(JsonElement mode) => MemoryMarshal.Cast<byte, float>(mode.GetProperty("logits").GetBytesFromBase64()).ToArray();
    }
}
