namespace LlamaFp4.Native.Checkpoint;

/// <summary>The 4-bit float of NVFP4: a sign and the magnitudes 0, ½, 1, 1½, 2, 3, 4, 6 (OCP Microscaling Formats 1.0).</summary>
internal static class E2M1
{
    public const float Largest = 6;

    private const int Sign = 8;

    /// <summary>The value of each of the 16 codes.</summary>
    public static ReadOnlySpan<float> Values => [0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6];

    /// <summary>Rounds to the nearest code, ties to the even one, and saturates at ±6.</summary>
    /// <remarks>Every negative number keeps its sign, also one that rounds to zero; −0 itself becomes code 0, as in ModelOpt.</remarks>
    public static int Encode(float value)
    {
        var magnitude = MathF.Abs(value) switch
        {
            <= 0.25f => 0,
            < 0.75f => 1,
            <= 1.25f => 2,
            < 1.75f => 3,
            <= 2.5f => 4,
            < 3.5f => 5,
            <= 5 => 6,
            _ => 7,
        };

        return value < 0 ? magnitude | Sign : magnitude;
    }
}
