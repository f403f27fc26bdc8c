using LlamaFp4.Native.Cpu.Kernels;

namespace LlamaFp4.Native.Cpu.KvCache;

/// <summary>Where the keys and values of 32 positions lie in a page.</summary>
/// <remarks>
/// <para>For each layer and KV head: keys (headSize, 32 positions), so that one vector holds many positions of a component and scores
/// need no sum across lanes; then values (32 positions, headSize rounded up to 32).</para>
/// <para>In BF16 both are in groups of 32 whose first 16 members take the even places and whose last 16 the odd ones, which is how
/// <see cref="Bf16.Load"/> splits a register. In 8 bits they are in order, and the scales follow: 32 of the keys, 32 of the values.</para>
/// </remarks>
internal sealed unsafe class KvLayout(int layerCount, int kvHeadCount, int headSize, CpuKvCacheType type = CpuKvCacheType.SixteenBit)
{
    /// <summary>Positions of a page: the BF16 numbers of a 512-bit register.</summary>
    public const int PageTokens = 32;

    private readonly int _paddedHeadSize = PaddedHeadSize(headSize);

    public CpuKvCacheType Type => type;

    /// <summary>BF16 numbers, or bytes, of a page.</summary>
    public long PageLength => (long)layerCount * kvHeadCount * HeadLength;

    public long PageBytes => PageLength * (type == CpuKvCacheType.SixteenBit ? sizeof(ushort) : sizeof(sbyte));

    private long HeadLength => NumbersLength + (type == CpuKvCacheType.EightBit ? 2 * PageTokens * sizeof(float) : 0);

    private long NumbersLength => (long)PageTokens * (headSize + _paddedHeadSize);

    public static int PaddedHeadSize(int headSize) => (headSize + 31) / 32 * 32;

    /// <summary>Where the keys of a layer and KV head begin, in numbers.</summary>
    public long Keys(int layer, int kvHead) => (((long)layer * kvHeadCount) + kvHead) * HeadLength;

    /// <summary>Where the values of a layer and KV head begin, in numbers.</summary>
    public long Values(int layer, int kvHead) => Keys(layer, kvHead) + ((long)PageTokens * headSize);

    /// <summary>Where the scales of a layer and KV head begin, in bytes; 8 bits only.</summary>
    public long Scales(int layer, int kvHead) => Keys(layer, kvHead) + NumbersLength;

    /// <summary>Rounds one position's key and value and stores them. (headSize) each</summary>
    public void Store(ushort* page, int layer, int kvHead, int position, float* key, float* value)
    {
        if (type == CpuKvCacheType.EightBit)
        {
            StoreInt8((sbyte*)page, layer, kvHead, position, key, value);
            return;
        }

        var keys = page + Keys(layer, kvHead) + Place(position);
        var values = page + Values(layer, kvHead) + ((long)position * _paddedHeadSize);
        for (var i = 0; i < headSize; i++)
        {
            keys[(long)i * PageTokens] = Bf16.FromSingle(key[i]);
            values[(i & ~31) + Place(i & 31)] = Bf16.FromSingle(value[i]);
        }
    }

    private void StoreInt8(sbyte* page, int layer, int kvHead, int position, float* key, float* value)
    {
        var scales = (float*)(page + Scales(layer, kvHead));
        var keys = page + Keys(layer, kvHead) + position;
        var values = page + Values(layer, kvHead) + ((long)position * _paddedHeadSize);
        scales[position] = Int8Kv.Quantize(key, headSize, keys, PageTokens);
        scales[PageTokens + position] = Int8Kv.Quantize(value, headSize, values, 1);
    }

    private static int Place(int member) => member < 16 ? 2 * member : (2 * (member - 16)) + 1;
}
