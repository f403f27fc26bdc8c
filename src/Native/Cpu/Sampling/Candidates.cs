using LlamaFp4.Native.Cpu.Kernels;

namespace LlamaFp4.Native.Cpu.Sampling;

/// <summary>A heap of token ids, the likeliest on top, equal ones by id: gives the best few without sorting the vocabulary.</summary>
internal sealed class Candidates(int vocabularySize)
{
    private readonly int[] _heap = new int[vocabularySize];
    private float[] _weights = [];

    public int Count { get; private set; }

    /// <summary>Takes all ids whose weight is at least <paramref name="least"/>. The weights must stay until the last <see cref="Pop"/>.</summary>
    public void Fill(float[] weights, float least)
    {
        _weights = weights;
        Count = LogitWeights.IndicesAtLeast(weights, least, _heap);
        for (var parent = (Count / 2) - 1; parent >= 0; parent--)
        {
            SiftDown(parent);
        }
    }

    public int Pop()
    {
        var best = _heap[0];
        _heap[0] = _heap[--Count];
        SiftDown(0);
        return best;
    }

    private void SiftDown(int parent)
    {
        while (true)
        {
            var best = parent;
            for (var child = (2 * parent) + 1; child <= (2 * parent) + 2 && child < Count; child++)
            {
                best = IsBetter(_heap[child], _heap[best]) ? child : best;
            }

            if (best == parent)
            {
                return;
            }

            (_heap[parent], _heap[best]) = (_heap[best], _heap[parent]);
            parent = best;
        }
    }

    private bool IsBetter(int left, int right) =>
        _weights[left] > _weights[right] || (_weights[left] == _weights[right] && left < right);
}
