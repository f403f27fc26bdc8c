using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using LlamaFp4.Native.Cpu.Kernels;

namespace LlamaFp4.Bench.Engine;

/// <summary>What this machine can do at most with some threads: the bounds of decoding and of prefill.</summary>
/// <param name="Threads">Threads that measured.</param>
/// <param name="ReadBytesPerSecond">Streaming through memory.</param>
/// <param name="FloatOperationsPerSecond">Float32 multiply-adds in registers, both counted.</param>
/// <param name="Int8OperationsPerSecond">8-bit products summed to 32 bits in registers, by the byte multiply-add of AVX-512 or AVX2; 0 elsewhere.</param>
internal sealed record MachineLimits(int Threads, double ReadBytesPerSecond, double FloatOperationsPerSecond, double Int8OperationsPerSecond)
{
    private const long Bytes = 1L << 30;
    private const int Rounds = 20_000_000;

    // Where results go, lest the loops that make them are dropped.
    private static long _sink;

    public static unsafe MachineLimits Measure(int threads)
    {
        double read;
        using (var memory = new NativeArray<byte>(Bytes))
        {
            var share = Bytes / threads / 256 * 256;
            var data = memory.Pointer;
            read = Bytes / Best(threads, thread => Read(data + (thread * share), share));
        }

        // Eight accumulators, or four whose sums are ready sooner; multiplying and adding are counted as two.
        return new MachineLimits(
            threads,
            read,
            threads * (double)Rounds * 8 * Vector512<float>.Count * 2 / Best(threads, _ => MultiplyAdd()),
            Int8Products() is var products and > 0 ? threads * (double)Rounds * 4 * products * 2 / Best(threads, _ => MultiplyAddBytes()) : 0);
    }

    private static double Best(int threads, Func<int, long> work)
    {
        var best = double.MaxValue;
        for (var pass = 0; pass < 4; pass++)
        {
            var start = Stopwatch.GetTimestamp();
            var workers = Enumerable.Range(0, threads).Select(thread => new Thread(() => Interlocked.Add(ref _sink, work(thread)))).ToList();
            workers.ForEach(worker => worker.Start());
            workers.ForEach(worker => worker.Join());
            best = double.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe long Read(byte* data, long length)
    {
        Vector512<byte> a = default, b = default, c = default, d = default;
        for (var end = data + length; data < end; data += 256)
        {
            a ^= Vector512.Load(data);
            b ^= Vector512.Load(data + 64);
            c ^= Vector512.Load(data + 128);
            d ^= Vector512.Load(data + 192);
        }

        return Vector512.Sum((a ^ b ^ c ^ d).AsInt64());
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long MultiplyAdd()
    {
        var (a, b, c, d) = (Vector512.Create(1f), Vector512.Create(2f), Vector512.Create(3f), Vector512.Create(4f));
        var (e, f, g, h) = (Vector512.Create(5f), Vector512.Create(6f), Vector512.Create(7f), Vector512.Create(8f));
        var (x, y) = (Vector512.Create(0.5f), Vector512.Create(0.25f));
        for (var round = 0; round < Rounds; round++)
        {
            a = Vector512.FusedMultiplyAdd(a, x, y);
            b = Vector512.FusedMultiplyAdd(b, x, y);
            c = Vector512.FusedMultiplyAdd(c, x, y);
            d = Vector512.FusedMultiplyAdd(d, x, y);
            e = Vector512.FusedMultiplyAdd(e, x, y);
            f = Vector512.FusedMultiplyAdd(f, x, y);
            g = Vector512.FusedMultiplyAdd(g, x, y);
            h = Vector512.FusedMultiplyAdd(h, x, y);
        }

        return (long)Vector512.Sum(a + b + c + d + e + f + g + h);
    }

    private static int Int8Products() => Avx512BW.IsSupported ? Vector512<byte>.Count : Avx2.IsSupported ? Vector256<byte>.Count : 0;

    private static long MultiplyAddBytes() => Avx512BW.IsSupported ? MultiplyAddBytes512() : MultiplyAddBytes256();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long MultiplyAddBytes512()
    {
        Vector512<int> a = default, b = default, c = default, d = default;
        var (one, two, three, four) = (Vector512.Create((byte)1), Vector512.Create((byte)2), Vector512.Create((byte)3), Vector512.Create((byte)4));
        for (var round = 0; round < Rounds; round++)
        {
            var x = Vector512.Create((sbyte)round);
            a += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(one, x), Vector512<short>.One);
            b += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(two, x), Vector512<short>.One);
            c += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(three, x), Vector512<short>.One);
            d += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(four, x), Vector512<short>.One);
        }

        return Vector512.Sum(a + b + c + d);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long MultiplyAddBytes256()
    {
        Vector256<int> a = default, b = default, c = default, d = default;
        var (one, two, three, four) = (Vector256.Create((byte)1), Vector256.Create((byte)2), Vector256.Create((byte)3), Vector256.Create((byte)4));
        for (var round = 0; round < Rounds; round++)
        {
            var x = Vector256.Create((sbyte)round);
            a += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(one, x), Vector256<short>.One);
            b += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(two, x), Vector256<short>.One);
            c += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(three, x), Vector256<short>.One);
            d += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(four, x), Vector256<short>.One);
        }

        return Vector256.Sum(a + b + c + d);
    }
}
