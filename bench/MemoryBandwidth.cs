using System.Diagnostics;
using System.Runtime.Intrinsics;
using LlamaFp4.Native.Cpu.Kernels;

namespace LlamaFp4.Bench;

/// <summary>Measures how fast this machine reads memory, the bound of decoding.</summary>
internal static class MemoryBandwidth
{
    private const long Bytes = 1L << 30;

    /// <summary>Gigabytes per second, the best of five passes.</summary>
    public static unsafe double Measure(int threads)
    {
        using var memory = new NativeArray<byte>(Bytes);
        var best = TimeSpan.MaxValue;
        for (var pass = 0; pass < 5; pass++)
        {
            var start = Stopwatch.GetTimestamp();
            var share = Bytes / threads / 256 * 256;
            var readers = Enumerable.Range(0, threads).Select(i => new Thread(() => Read(memory.At(i * share), share))).ToList();
            readers.ForEach(reader => reader.Start());
            readers.ForEach(reader => reader.Join());
            var elapsed = Stopwatch.GetElapsedTime(start);
            best = elapsed < best ? elapsed : best;
        }

        return Bytes / best.TotalSeconds / 1e9;
    }

    private static unsafe void Read(byte* data, long length)
    {
        Vector512<byte> a = default, b = default, c = default, d = default;
        for (var end = data + length; data < end; data += 256)
        {
            a ^= Vector512.Load(data);
            b ^= Vector512.Load(data + 64);
            c ^= Vector512.Load(data + 128);
            d ^= Vector512.Load(data + 192);
        }

        // Keeps the loop from being dropped.
        GC.KeepAlive(a ^ b ^ c ^ d);
    }
}
