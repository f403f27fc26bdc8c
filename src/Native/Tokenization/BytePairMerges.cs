using System.Buffers;

namespace LlamaFp4.Native.Tokenization;

/// <summary>Merges the bytes of a piece into tokens: always the neighbouring pair that stands first in the merge list, the leftmost on a tie.</summary>
/// <remarks>Immutable.</remarks>
internal sealed class BytePairMerges
{
    // Below this, scanning all pairs for every merge is faster than keeping them in a queue.
    private const int LongestScannedPiece = 128;
    private const int NoMerge = int.MaxValue;
    private const int None = -1;

    private readonly int[] _byteIds; // (256)
    private readonly Dictionary<TokenPair, int> _ranks; // position in the merge list
    private readonly int[] _mergedIds; // (merges), by rank

    /// <param name="byteIds">Id of each single byte.</param>
    /// <param name="ranks">Position of each pair in the merge list.</param>
    /// <param name="mergedIds">What the pair at each position becomes.</param>
    public BytePairMerges(int[] byteIds, Dictionary<TokenPair, int> ranks, int[] mergedIds)
    {
        _byteIds = byteIds;
        _ranks = ranks;
        _mergedIds = mergedIds;
    }

    public void Encode(ReadOnlySpan<byte> piece, List<int> tokenIds)
    {
        if (piece.Length <= LongestScannedPiece)
        {
            EncodeByScanning(piece, tokenIds);
        }
        else
        {
            EncodeByQueue(piece, tokenIds);
        }
    }

    private void EncodeByScanning(ReadOnlySpan<byte> piece, List<int> tokenIds)
    {
        Span<int> ids = stackalloc int[LongestScannedPiece];
        Span<int> ranks = stackalloc int[LongestScannedPiece]; // of the pair that begins here
        var count = piece.Length;
        for (var i = 0; i < count; i++)
        {
            ids[i] = _byteIds[piece[i]];
        }

        for (var i = 0; i < count; i++)
        {
            ranks[i] = RankAt(ids[..count], i);
        }

        while (IndexOfLowest(ranks[..count]) is var best && ranks[best] != NoMerge)
        {
            ids[best] = _mergedIds[ranks[best]];
            ids[(best + 2)..count].CopyTo(ids[(best + 1)..]);
            ranks[(best + 2)..count].CopyTo(ranks[(best + 1)..]);
            count--;
            ranks[best] = RankAt(ids[..count], best);
            if (best > 0)
            {
                ranks[best - 1] = RankAt(ids[..count], best - 1);
            }
        }

        tokenIds.AddRange(ids[..count]);
    }

    private int RankAt(ReadOnlySpan<int> ids, int index) => index + 1 < ids.Length ? RankOf(ids[index], ids[index + 1]) : NoMerge;

    private static int IndexOfLowest(ReadOnlySpan<int> ranks)
    {
        var lowest = 0;
        for (var i = 1; i < ranks.Length; i++)
        {
            if (ranks[i] < ranks[lowest])
            {
                lowest = i;
            }
        }

        return lowest;
    }

    // A piece can be as long as the input, so anything quadratic here would let one message stop a server.
    private void EncodeByQueue(ReadOnlySpan<byte> piece, List<int> tokenIds)
    {
        var count = piece.Length;
        var rented = ArrayPool<Symbol>.Shared.Rent(count);
        var symbols = rented.AsSpan(0, count);
        var queue = new PriorityQueue<int, ulong>(count);
        for (var i = 0; i < count; i++)
        {
            symbols[i] = new Symbol { Id = _byteIds[piece[i]], Previous = i - 1, Next = i + 1 < count ? i + 1 : None };
        }

        for (var i = 0; i < count; i++)
        {
            EnqueuePair(symbols, i, queue);
        }

        while (queue.TryDequeue(out var position, out var priority))
        {
            // A neighbour was merged meanwhile: the pair that was queued here is gone.
            if (symbols[position].Rank == RankOf(priority))
            {
                Merge(symbols, position, queue);
            }
        }

        for (var i = 0; i != None; i = symbols[i].Next)
        {
            tokenIds.Add(symbols[i].Id);
        }

        ArrayPool<Symbol>.Shared.Return(rented);
    }

    private void Merge(Span<Symbol> symbols, int position, PriorityQueue<int, ulong> queue)
    {
        ref var left = ref symbols[position];
        ref var right = ref symbols[left.Next];
        left.Id = _mergedIds[left.Rank];
        left.Next = right.Next;
        right.Rank = NoMerge;
        if (left.Next != None)
        {
            symbols[left.Next].Previous = position;
        }

        EnqueuePair(symbols, position, queue);
        if (left.Previous != None)
        {
            EnqueuePair(symbols, left.Previous, queue);
        }
    }

    private void EnqueuePair(Span<Symbol> symbols, int position, PriorityQueue<int, ulong> queue)
    {
        ref var symbol = ref symbols[position];
        symbol.Rank = symbol.Next == None ? NoMerge : RankOf(symbol.Id, symbols[symbol.Next].Id);
        if (symbol.Rank != NoMerge)
        {
            queue.Enqueue(position, PriorityOf(symbol.Rank, position));
        }
    }

    private static ulong PriorityOf(int rank, int position) => ((ulong)rank << 32) | (uint)position;

    private static int RankOf(ulong priority) => (int)(priority >> 32);

    private int RankOf(int left, int right) => _ranks.TryGetValue(new TokenPair(left, right), out var rank) ? rank : NoMerge;

    // A token on its way; it stands where its first byte stood.
    private struct Symbol
    {
        public int Id;
        public int Rank; // of the pair with the next one
        public int Previous;
        public int Next;
    }
}
