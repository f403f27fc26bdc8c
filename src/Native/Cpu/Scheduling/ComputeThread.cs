namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>One of the threads of a run, and the stage it has come to.</summary>
internal sealed class ComputeThread(ComputeThreads threads, int index, SpinBudget budget)
{
    // Enough for a thread that is late to leave its share to the others, few enough to cost nothing.
    private const int ChunksPerThread = 4;

    private SpinBudget _budget = budget;

    public int Index => index;

    internal int Stage { get; set; }

    /// <summary>A stage of the run: its items, each to be taken by one of the threads.</summary>
    /// <remarks>To be enumerated to the end. The loop ends for every thread when the last item of all is done.</remarks>
    public StageItems Items(int count) => new(threads, this, count);

    /// <summary>Returns when a stage is over.</summary>
    internal void WaitForEnd(int stage)
    {
        threads.WaitForEnd(stage, ref _budget);
        Stage = stage + 1;
    }

    /// <summary>Into how many chunks a matrix of that many rows is split.</summary>
    public int Chunks(int rows, int unit) => threads.Count == 1 ? 1 : int.Clamp(rows / unit, 1, threads.Count * ChunksPerThread);

    /// <summary>The rows of a chunk, in whole units.</summary>
    public (int First, int Last) Rows(int chunk, int rows, int unit)
    {
        var chunks = Chunks(rows, unit);
        var units = (rows + unit - 1) / unit;
        return (Bound(chunk), Bound(chunk + 1));

        int Bound(int index) => int.Min((int)((long)units * index / chunks) * unit, rows);
    }
}
