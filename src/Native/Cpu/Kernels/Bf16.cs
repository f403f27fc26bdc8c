using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>BF16, the upper half of a float32, and rounding to it.</summary>
internal static unsafe class Bf16
{
    public const uint UpperHalf = 0xFFFF0000;

    public static float ToSingle(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);

    public static ushort FromSingle(float value) => (ushort)(BitConverter.SingleToUInt32Bits(Round(value)) >> 16);

    /// <summary>The nearest BF16, ties to even, kept as float32.</summary>
    public static float Round(float value)
    {
        if (float.IsNaN(value))
        {
            return value;
        }

        var bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & UpperHalf);
    }

    /// <inheritdoc cref="Round(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Round(Vector512<float> values)
    {
        var bits = values.AsUInt32();
        var rounded = (bits + Vector512.Create(0x7FFFu) + ((bits >>> 16) & Vector512<uint>.One)) & Vector512.Create(UpperHalf);

        // The addition would carry a NaN's payload into the sign.
        return Vector512.ConditionalSelect(Vector512.Equals(values, values), rounded.AsSingle(), values);
    }

    /// <summary>The BF16 numbers at even and at odd positions of 32 in a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> Even, Vector512<float> Odd) Load(ushort* values)
    {
        var pairs = Vector512.Load(values).AsUInt32();
        return ((pairs << 16).AsSingle(), (pairs & Vector512.Create(UpperHalf)).AsSingle());
    }

    /// <summary>16 BF16 numbers in a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadInOrder(ushort* values)
    {
        var (lower, upper) = Vector256.Widen(Vector256.Load(values));
        return (Vector512.Create(lower, upper) << 16).AsSingle();
    }

    public static void ToSingle(ushort* values, int count, float* result)
    {
        var i = 0;
        for (; i + Vector512<float>.Count <= count; i += Vector512<float>.Count)
        {
            LoadInOrder(values + i).Store(result + i);
        }

        for (; i < count; i++)
        {
            result[i] = ToSingle(values[i]);
        }
    }
}
