namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>Waiting requests, the next one first: higher priority, then earlier arrival. Not thread-safe, but for <see cref="IsEmpty"/>.</summary>
internal sealed class RequestQueue
{
    private readonly List<Generation> _generations = [];
    private long _arrivals;

    public int Count => _generations.Count;

    /// <summary>May be read by any thread, and is then as old as that thread's last synchronisation with the others.</summary>
    public bool IsEmpty => _generations.Count == 0;

    public Generation First => _generations[0];

    public void Enqueue(Generation generation)
    {
        generation.Arrival = ++_arrivals;
        Insert(_generations, generation);
    }

    /// <summary>Puts back a request that had started; it keeps its place among equals.</summary>
    public void Return(Generation generation) => Insert(_generations, generation);

    public void RemoveFirst() => _generations.RemoveAt(0);

    public bool Remove(Generation generation) => _generations.Remove(generation);

    public IReadOnlyList<Generation> RemoveAll()
    {
        Generation[] all = [.. _generations];
        _generations.Clear();
        return all;
    }

    /// <summary>Inserts into a list in this order.</summary>
    public static void Insert(List<Generation> generations, Generation generation)
    {
        var index = generations.Count;
        while (index > 0 && generation.IsBefore(generations[index - 1]))
        {
            index--;
        }

        generations.Insert(index, generation);
    }
}
