using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>Keys and values as 8-bit integers, symmetric: one scale for each position and KV head, its largest magnitude / 127.</summary>
internal static unsafe class Int8Kv
{
    /// <summary>Quantises a vector, each integer <paramref name="stride"/> after the one before. Returns the scale.</summary>
    public static float Quantize(float* vector, int length, sbyte* integers, int stride)
    {
        var largest = 0f;
        for (var i = 0; i < length; i++)
        {
            largest = MathF.Max(largest, MathF.Abs(vector[i]));
        }

        var (scale, inverse) = Int8Quantizer.ScaleOf(largest, Int8Quantizer.Largest);
        for (var i = 0; i < length; i++)
        {
            integers[(long)i * stride] = (sbyte)MathF.Round(vector[i] * inverse, MidpointRounding.ToEven);
        }

        return scale;
    }

    /// <summary>32 integers in a row as float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> Low, Vector512<float> High) Load(sbyte* integers)
    {
        if (Avx512F.IsSupported)
        {
            return (
                Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector128.Load(integers))),
                Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector128.Load(integers + 16))));
        }

        var words = Vector512.Create(Vector256.WidenLower(Vector256.Load(integers)), Vector256.WidenUpper(Vector256.Load(integers)));
        return (Vector512.ConvertToSingle(Vector512.WidenLower(words)), Vector512.ConvertToSingle(Vector512.WidenUpper(words)));
    }
}
