using System.Runtime.InteropServices;
using System.Text.Json;
using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Tests.Cpu.Model;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Cpu;

/// <summary>The pocket model against logits and greedy answers that PyTorch computed from the same files and the same arithmetic.</summary>
public sealed class PocketReferenceTests
{
    private static readonly IReadOnlyList<PocketCase> Cases = PocketCase.ReadAll();

    public static TheoryData<int> CaseIndices => [.. Enumerable.Range(0, Cases.Count)];

    [Theory]
    [MemberData(nameof(CaseIndices))]
    public void Exact_FirstStep_HasTheReferencesLogits(int index)
    {
        var logits = Prefill(index, CpuNumerics.Exact).Logits;

        Assert.InRange(RelativeError(Cases[index].W4A4Logits, logits), 0, 1e-9);
    }

    [Theory]
    [MemberData(nameof(CaseIndices))]
    public void Fast_FirstStep_IsCloseToUnquantisedActivations(int index)
    {
        var logits = Prefill(index, CpuNumerics.Fast).Logits;

        Assert.InRange(RelativeError(Cases[index].W4A16Logits, logits), 0, 1e-9);
    }

    [Theory]
    [MemberData(nameof(CaseIndices))]
    public void Exact_Greedy_GivesTheReferencesAnswer(int index) =>
        Assert.Equal(Cases[index].W4A4Greedy, Greedy(index, CpuNumerics.Exact, Cases[index].W4A4Greedy.Count));

    [Theory]
    [MemberData(nameof(CaseIndices))]
    public void Fast_Greedy_GivesTheReferencesAnswer(int index) =>
        Assert.Equal(Cases[index].W4A16Greedy, Greedy(index, CpuNumerics.Fast, Cases[index].W4A16Greedy.Count));

    private static (ForwardRun Run, float[] Logits) Prefill(int index, CpuNumerics numerics)
    {
        var checkpoint = LlamaCheckpoint.Open(RepositoryFiles.PathOf("models", "pocket"));
        var run = new ForwardRun(checkpoint, numerics);
        float[] logits = [];
        foreach (var chunk in Cases[index].PromptIds.Chunk(100))
        {
            logits = run.Step(chunk)[^1];
        }

        return (run, logits);
    }

    private static List<int> Greedy(int index, CpuNumerics numerics, int count)
    {
        var (run, logits) = Prefill(index, numerics);
        var ids = new List<int>();
        while (ids.Count < count)
        {
            ids.Add(Array.IndexOf(logits, logits.Max()));
            logits = run.Step(ids[^1])[0];
        }

        return ids;
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
