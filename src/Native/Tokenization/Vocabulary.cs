using System.Numerics;

namespace LlamaFp4.Native.Tokenization;

/// <summary>The bytes of every token id, and the id of every byte string that text may be encoded as.</summary>
/// <remarks>Immutable. All bytes lie in one array: 128,000 small arrays would cost several times their content.</remarks>
internal sealed class Vocabulary
{
    private const int EmptySlot = -1;

    private readonly byte[] _bytes;
    private readonly int[] _starts; // (count + 1)
    private readonly int[] _slots; // open addressing, at most half full

    /// <param name="tokens">Bytes by id; no two ordinary tokens are equal.</param>
    /// <param name="isControl">By id: control tokens have bytes, but are never found by them.</param>
    public Vocabulary(IReadOnlyList<byte[]> tokens, IReadOnlyList<bool> isControl)
    {
        _starts = new int[tokens.Count + 1];
        for (var id = 0; id < tokens.Count; id++)
        {
            _starts[id + 1] = _starts[id] + tokens[id].Length;
        }

        _bytes = new byte[_starts[^1]];
        _slots = new int[BitOperations.RoundUpToPowerOf2((uint)tokens.Count * 2 + 1)];
        Array.Fill(_slots, EmptySlot);
        for (var id = 0; id < tokens.Count; id++)
        {
            tokens[id].CopyTo(_bytes, _starts[id]);
            if (!isControl[id])
            {
                _slots[SlotOf(tokens[id])] = id;
            }
        }
    }

    public int Count => _starts.Length - 1;

    public ReadOnlySpan<byte> GetBytes(int id) => _bytes.AsSpan(_starts[id].._starts[id + 1]);

    public bool TryGetId(ReadOnlySpan<byte> bytes, out int id)
    {
        id = _slots[SlotOf(bytes)];
        return id != EmptySlot;
    }

    // The slot that holds these bytes, or the empty one where they would be.
    private int SlotOf(ReadOnlySpan<byte> bytes)
    {
        // HashCode is seeded per process: no checkpoint and no text can be made to collide.
        var hash = new HashCode();
        hash.AddBytes(bytes);
        var slot = hash.ToHashCode() & (_slots.Length - 1);
        while (_slots[slot] is not EmptySlot and var id && !GetBytes(id).SequenceEqual(bytes))
        {
            slot = (slot + 1) & (_slots.Length - 1);
        }

        return slot;
    }
}
