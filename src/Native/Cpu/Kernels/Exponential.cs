using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>eˣ in float32: <see cref="Of"/> within 2 units in the last place, and the same on every machine (which the platform's own is not).</summary>
/// <remarks>
/// x = n · ln 2 + r with |r| ≤ ln 2 / 2; eʳ by a polynomial (Cephes' <c>expf</c>, Stephen L. Moshier); 2ⁿ through the exponent bits.
/// Arguments below −87.3 give 0, above 88.3 infinity.
/// </remarks>
internal static class Exponential
{
    private const float Smallest = -87.3f;
    private const float Largest = 88.3f;
    private const float Log2E = 1.44269504088896341f;

    // ln 2 in two parts: the first has few bits, so n times it is exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    /// <summary>eˣ computed in float64 and rounded once: the nearest float32 but for a case in some hundred million.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Precise(Vector512<float> x)
    {
        var (lower, upper) = Vector512.Widen(x);
        return Vector512.Narrow(Vector512.Exp(lower), Vector512.Exp(upper));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> x)
    {
        var clamped = Vector512.Min(Vector512.Max(x, Vector512.Create(Smallest)), Vector512.Create(Largest));
        var n = Vector512.Round(clamped * Log2E);
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), clamped);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);

        var p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;

        var power = (Vector512.ConvertToInt32(n) + Vector512.Create(127)) << 23;
        var result = p * power.AsSingle();
        result = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(Smallest)), Vector512<float>.Zero, result);
        result = Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512.Create(Largest)), Vector512.Create(float.PositiveInfinity), result);

        // Min and Max may drop a NaN; it must come through.
        return Vector512.ConditionalSelect(Vector512.Equals(x, x), result, x);
    }
}
