using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>Rotary position embedding in the rotate-half form: pairs (i, i + headSize / 2).</summary>
internal static unsafe class RotaryEmbedding
{
    /// <summary>Frequencies θ^(−2i / headSize), stretched for long contexts as Llama 3.1 does; computed in float64. (headSize / 2)</summary>
    public static float[] InverseFrequencies(int headSize, double theta, RopeScaling? scaling)
    {
        var frequencies = new float[headSize / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            var frequency = Math.Pow(theta, -2.0 * i / headSize);
            frequencies[i] = (float)(scaling is null ? frequency : Scale(frequency, scaling));
        }

        return frequencies;
    }

    /// <summary>Cosines, then sines, of position · frequency; the product is taken in float32.</summary>
    public static void Angles(int position, ReadOnlySpan<float> inverseFrequencies, float* cosThenSin)
    {
        for (var i = 0; i < inverseFrequencies.Length; i++)
        {
            var (sin, cos) = Math.SinCos((double)(position * inverseFrequencies[i]));
            cosThenSin[i] = (float)cos;
            cosThenSin[inverseFrequencies.Length + i] = (float)sin;
        }
    }

    /// <summary>Rotates one head in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rotate(float* head, int headSize, float* cosThenSin, bool roundToBf16)
    {
        var half = headSize / 2;
        var i = 0;
        for (; i + Vector512<float>.Count <= half; i += Vector512<float>.Count)
        {
            var (a, b) = (Vector512.Load(head + i), Vector512.Load(head + half + i));
            var (cos, sin) = (Vector512.Load(cosThenSin + i), Vector512.Load(cosThenSin + half + i));
            var first = (a * cos) - (b * sin);
            var second = (b * cos) + (a * sin);
            (roundToBf16 ? Bf16.Round(first) : first).Store(head + i);
            (roundToBf16 ? Bf16.Round(second) : second).Store(head + half + i);
        }

        RotateScalar(head, i, headSize, cosThenSin, roundToBf16);
    }

    /// <summary>The scalar twin, from pair <paramref name="first"/> on.</summary>
    public static void RotateScalar(float* head, int first, int headSize, float* cosThenSin, bool roundToBf16)
    {
        var half = headSize / 2;
        for (var i = first; i < half; i++)
        {
            var (a, b) = (head[i], head[half + i]);
            var (cos, sin) = (cosThenSin[i], cosThenSin[half + i]);
            var rotated = (a * cos) - (b * sin);
            var partner = (b * cos) + (a * sin);
            head[i] = roundToBf16 ? Bf16.Round(rotated) : rotated;
            head[half + i] = roundToBf16 ? Bf16.Round(partner) : partner;
        }
    }

    private static double Scale(double frequency, RopeScaling scaling)
    {
        var wavelength = 2 * Math.PI / frequency;
        var longest = scaling.OriginalContextLength / scaling.LowFrequencyFactor;
        var shortest = scaling.OriginalContextLength / scaling.HighFrequencyFactor;
        if (wavelength < shortest)
        {
            return frequency;
        }

        if (wavelength > longest)
        {
            return frequency / scaling.Factor;
        }

        var share = ((scaling.OriginalContextLength / wavelength) - scaling.LowFrequencyFactor)
            / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        return ((1 - share) * frequency / scaling.Factor) + (share * frequency);
    }
}
