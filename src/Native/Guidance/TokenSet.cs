using System.Numerics;

namespace LlamaFp4.Native.Guidance;

/// <summary>A set of token ids, one bit each.</summary>
internal sealed class TokenSet(int vocabularySize)
{
    private readonly ulong[] _bits = new ulong[(vocabularySize + 63) / 64];

    public bool IsEmpty => !_bits.AsSpan().ContainsAnyExcept(0UL);

    public void Add(int tokenId) => _bits[tokenId >> 6] |= 1UL << tokenId;

    public bool Contains(int tokenId) => (_bits[tokenId >> 6] >> tokenId & 1) != 0;

    public void UnionWith(TokenSet other)
    {
        for (var i = 0; i < _bits.Length; i++)
        {
            _bits[i] |= other._bits[i];
        }
    }

    /// <summary>Sets the logits of all other tokens to negative infinity.</summary>
    public void Mask(Span<float> logits)
    {
        for (var word = 0; word < _bits.Length; word++)
        {
            var first = word << 6;
            var part = logits.Slice(first, Math.Min(64, logits.Length - first));
            var allowed = _bits[word];
            if (allowed == 0)
            {
                part.Fill(float.NegativeInfinity);
                continue;
            }

            for (var forbidden = ~allowed; forbidden != 0; forbidden &= forbidden - 1)
            {
                var bit = BitOperations.TrailingZeroCount(forbidden);
                if (bit < part.Length)
                {
                    part[bit] = float.NegativeInfinity;
                }
            }
        }
    }
}
