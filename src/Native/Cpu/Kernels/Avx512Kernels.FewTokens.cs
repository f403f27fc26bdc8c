using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <content>Few tokens: weights are decoded in registers for four tokens at a time, and the sums wait in memory.</content>
internal sealed unsafe partial class Avx512Kernels
{
    // So few tokens that decoding the weights once more for each four of them costs less than writing them down and reading them again.
    private const int FewTokens = 16;

    // Of few tokens' integers these chunks lie in the first-level cache while the rows pass, weights and sums in the second.
    private const int RowsAtOnce = 32;
    private const int ChunksOfTokens = 8;

    private static void MultiplyFew(
        byte* codes, byte* scales, int columns, int rows, byte* x, nint xStride, int tokens, float scale, float* y, nint yStride, float* sums)
    {
        for (var row = 0; row < rows; row += RowsAtOnce)
        {
            var count = int.Min(rows - row, RowsAtOnce);
            new Span<float>(sums, count * tokens * LaneSum.Lanes).Clear();
            AddRows(codes + ((long)row * columns / 2), scales + ((long)row * columns / ActivationPanel.BlockColumns), columns, count, x, xStride, tokens, sums);
            StoreSums(sums, count, tokens, scale, y + row, yStride);
        }
    }

    // sums: (rows, tokens, lanes)
    private static void AddRows(byte* codes, byte* scales, int columns, int rows, byte* x, nint xStride, int tokens, float* sums)
    {
        var (codesOfRow, scalesOfRow) = (columns / 2, columns / ActivationPanel.BlockColumns);
        var (whole, rest) = Math.DivRem(columns, ActivationPanel.ChunkColumns);
        for (var chunk = 0; chunk < whole; chunk += ChunksOfTokens)
        {
            var chunks = int.Min(whole - chunk, ChunksOfTokens);
            for (var token = 0; token < tokens; token += 4)
            {
                for (var row = 0; row < rows; row += 2)
                {
                    // The weights are read once; with the first tokens go hints for the rows after these.
                    var w = codes + ((long)row * codesOfRow) + (chunk * CodeBytes);
                    var s = scales + ((long)row * scalesOfRow) + (chunk * ScaleBytes);
                    var ahead = token == 0 ? RowsAtOnce : 0;
                    AddTwoRows(w, codesOfRow, s, scalesOfRow, ahead, chunks, rows - row, x + (chunk * ActivationPanel.ChunkBytes), xStride, token, tokens, sums + (row * tokens * LaneSum.Lanes));
                }
            }
        }

        if (rest > 0)
        {
            // The codes apart from the scales, unlike CopyTail, which cost a tenth of the speed of eight streams on small matrices.
            var tails = stackalloc byte[2 * (CodeBytes + ScaleBytes)];
            var tailScales = tails + (2 * CodeBytes);
            for (var row = 0; row < rows; row += 2)
            {
                new Span<byte>(tails, 2 * (CodeBytes + ScaleBytes)).Clear();
                for (var i = 0; i < int.Min(2, rows - row); i++)
                {
                    Buffer.MemoryCopy(codes + ((long)(row + i) * codesOfRow) + (whole * CodeBytes), tails + (i * CodeBytes), CodeBytes, rest / 2);
                    Buffer.MemoryCopy(
                        scales + ((long)(row + i) * scalesOfRow) + (whole * ScaleBytes), tailScales + (i * ScaleBytes), ScaleBytes, rest / ActivationPanel.BlockColumns);
                }

                for (var token = 0; token < tokens; token += 4)
                {
                    AddTwoRows(tails, CodeBytes, tailScales, ScaleBytes, 0, 1, rows - row, x + (whole * ActivationPanel.ChunkBytes), xStride, token, tokens, sums + (row * tokens * LaneSum.Lanes));
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTwoRows(
        byte* codes, nint codesOfRow, byte* scales, nint scalesOfRow, int rowsAhead, int chunks, int rows, byte* x, nint xStride, int token, int tokens, float* sums)
    {
        // Where there are fewer rows or tokens, the last one is computed again.
        nint second = rows > 1 ? 1 : 0;
        nint token1 = int.Min(1, tokens - token - 1);
        nint token2 = int.Min(2, tokens - token - 1);
        nint token3 = int.Min(3, tokens - token - 1);
        var (codesAhead, scalesAhead) = (rowsAhead * codesOfRow, rowsAhead * scalesOfRow);
        codesOfRow *= second;
        scalesOfRow *= second;
        x += token * xStride;
        var x1 = x + (token1 * xStride);
        var x2 = x + (token2 * xStride);
        var x3 = x + (token3 * xStride);
        var sums0 = sums + (token * LaneSum.Lanes);
        var sums1 = sums0 + (second * tokens * LaneSum.Lanes);
        var sum00 = Vector512.Load(sums0);
        var sum01 = Vector512.Load(sums0 + (token1 * LaneSum.Lanes));
        var sum02 = Vector512.Load(sums0 + (token2 * LaneSum.Lanes));
        var sum03 = Vector512.Load(sums0 + (token3 * LaneSum.Lanes));
        var sum10 = Vector512.Load(sums1);
        var sum11 = Vector512.Load(sums1 + (token1 * LaneSum.Lanes));
        var sum12 = Vector512.Load(sums1 + (token2 * LaneSum.Lanes));
        var sum13 = Vector512.Load(sums1 + (token3 * LaneSum.Lanes));
        var values = Values();
        var spread = Spread();
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            Sse.Prefetch1(codes + codesAhead);
            Sse.Prefetch1(codes + codesAhead + Register);
            Sse.Prefetch1(codes + codesOfRow + codesAhead);
            Sse.Prefetch1(codes + codesOfRow + codesAhead + Register);
            if (chunk % 4 == 0)
            {
                Sse.Prefetch1(scales + scalesAhead);
                Sse.Prefetch1(scales + scalesOfRow + scalesAhead);
            }

            var (a0, a1, a2, a3) = Integers(codes, values);
            var (b0, b1, b2, b3) = Integers(codes + codesOfRow, values);
            var a = Scale(scales, spread);
            var b = Scale(scales + scalesOfRow, spread);
            (sum00, sum10) = AddTwo(sum00, sum10, a0, a1, a2, a3, a, b0, b1, b2, b3, b, x);
            (sum01, sum11) = AddTwo(sum01, sum11, a0, a1, a2, a3, a, b0, b1, b2, b3, b, x1);
            (sum02, sum12) = AddTwo(sum02, sum12, a0, a1, a2, a3, a, b0, b1, b2, b3, b, x2);
            (sum03, sum13) = AddTwo(sum03, sum13, a0, a1, a2, a3, a, b0, b1, b2, b3, b, x3);
            codes += CodeBytes;
            scales += ScaleBytes;
            x += ActivationPanel.ChunkBytes;
            x1 += ActivationPanel.ChunkBytes;
            x2 += ActivationPanel.ChunkBytes;
            x3 += ActivationPanel.ChunkBytes;
        }

        sum00.Store(sums0);
        sum01.Store(sums0 + (token1 * LaneSum.Lanes));
        sum02.Store(sums0 + (token2 * LaneSum.Lanes));
        sum03.Store(sums0 + (token3 * LaneSum.Lanes));
        sum10.Store(sums1);
        sum11.Store(sums1 + (token1 * LaneSum.Lanes));
        sum12.Store(sums1 + (token2 * LaneSum.Lanes));
        sum13.Store(sums1 + (token3 * LaneSum.Lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StoreSums(float* sums, int rows, int tokens, float scale, float* y, nint yStride)
    {
        nint row = tokens * LaneSum.Lanes;
        for (; rows > 0; rows -= WeightTile.Rows)
        {
            for (var token = 0; token < tokens; token++)
            {
                var lanes = sums + (token * LaneSum.Lanes);
                var four = LaneSum.OfFour(
                    Vector512.Load(lanes), Vector512.Load(lanes + row), Vector512.Load(lanes + (2 * row)), Vector512.Load(lanes + (3 * row)));
                Store(four * scale, int.Min(rows, WeightTile.Rows), y + (token * yStride));
            }

            sums += WeightTile.Rows * row;
            y += WeightTile.Rows;
        }
    }

    // Two rows: what is loaded of a token serves both.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> A, Vector512<float> B) AddTwo(
        Vector512<float> sumA, Vector512<float> sumB,
        Vector512<byte> a0, Vector512<byte> a1, Vector512<byte> a2, Vector512<byte> a3, Vector512<float> a,
        Vector512<byte> b0, Vector512<byte> b1, Vector512<byte> b2, Vector512<byte> b3, Vector512<float> b, byte* x)
    {
        var x0 = Vector512.Load((sbyte*)x);
        var x1 = Vector512.Load((sbyte*)x + Register);
        var x2 = Vector512.Load((sbyte*)x + (2 * Register));
        var x3 = Vector512.Load((sbyte*)x + (3 * Register));
        var offsets = Vector512.Load((int*)(x + ActivationPanel.Offsets));
        var scales = Vector512.Load((float*)(x + ActivationPanel.Scales));
        return (
            Avx512F.FusedMultiplyAdd(IntegerSums(a0, a1, a2, a3, x0, x1, x2, x3, offsets), a * scales, sumA),
            Avx512F.FusedMultiplyAdd(IntegerSums(b0, b1, b2, b3, x0, x1, x2, x3, offsets), b * scales, sumB));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> IntegerSums(
        Vector512<byte> w0, Vector512<byte> w1, Vector512<byte> w2, Vector512<byte> w3,
        Vector512<sbyte> x0, Vector512<sbyte> x1, Vector512<sbyte> x2, Vector512<sbyte> x3, Vector512<int> offsets)
    {
        var sums = Avx512BW.MultiplyAddAdjacent(w0, x0) + Avx512BW.MultiplyAddAdjacent(w1, x1)
            + Avx512BW.MultiplyAddAdjacent(w2, x2) + Avx512BW.MultiplyAddAdjacent(w3, x3);
        return Avx512F.ConvertToVector512Single(Avx512BW.MultiplyAddAdjacent(sums, Vector512<short>.One) - offsets);
    }
}
