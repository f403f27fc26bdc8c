namespace LlamaFp4.Native.Checkpoint;

/// <summary>Quantises to NVFP4 as ModelOpt does weights and as inference engines do activations: the scalar reference, in float32 throughout.</summary>
internal static class NvFp4Quantizer
{
    /// <summary>Scale of a tensor, or of tensors that share one, by its largest magnitude.</summary>
    public static float TensorScale(ReadOnlySpan<float> values) => LargestMagnitude(values) / NvFp4.Range;

    /// <summary>Quantises weights with the scale of their tensor; blocks run along the columns.</summary>
    public static void QuantizeWeights(ReadOnlySpan<float> weights, float tensorScale, Span<byte> codes, Span<byte> blockScales)
    {
        NvFp4.RequireLengths(weights.Length, codes.Length, blockScales.Length);
        for (var block = 0; block < blockScales.Length; block++)
        {
            var values = weights.Slice(block * NvFp4.BlockSize, NvFp4.BlockSize);
            var largest = LargestMagnitude(values);

            // A block of zeros gets the scale 1; so does a tensor of zeros, whose own scale is 0.
            var exact = largest == 0 ? 1 : largest / (E2M1.Largest * tensorScale);
            blockScales[block] = E4M3.Encode(exact);
            var scale = E4M3.Decode(blockScales[block]) * tensorScale;
            var packed = codes.Slice(block * NvFp4.BlockSize / 2, NvFp4.BlockSize / 2);
            for (var i = 0; i < packed.Length; i++)
            {
                packed[i] = Pack(Quotient(values[2 * i], scale), Quotient(values[(2 * i) + 1], scale));
            }
        }
    }

    /// <summary>Quantises activations with the static scale of their linear layer; blocks run along each row.</summary>
    public static void QuantizeActivations(ReadOnlySpan<float> activations, float inputScale, Span<byte> codes, Span<byte> blockScales)
    {
        NvFp4.RequireLengths(activations.Length, codes.Length, blockScales.Length);
        var globalScale = 1 / inputScale;
        for (var block = 0; block < blockScales.Length; block++)
        {
            var values = activations.Slice(block * NvFp4.BlockSize, NvFp4.BlockSize);
            blockScales[block] = E4M3.Encode(globalScale * (LargestMagnitude(values) * (1 / E2M1.Largest)));
            var scale = E4M3.Decode(blockScales[block]);
            var multiplier = scale == 0 ? 0 : 1 / (scale * (1 / globalScale));
            var packed = codes.Slice(block * NvFp4.BlockSize / 2, NvFp4.BlockSize / 2);
            for (var i = 0; i < packed.Length; i++)
            {
                packed[i] = Pack(values[2 * i] * multiplier, values[(2 * i) + 1] * multiplier);
            }
        }
    }

    // A block so small that its scale rounds to 0 decodes to zeros whatever its codes; 0 / 0 must not reach the rounding.
    private static float Quotient(float value, float scale) => scale == 0 ? 0 : value / scale;

    private static byte Pack(float even, float odd) => (byte)(E2M1.Encode(even) | (E2M1.Encode(odd) << 4));

    private static float LargestMagnitude(ReadOnlySpan<float> values)
    {
        var largest = 0f;
        foreach (var value in values)
        {
            largest = MathF.Max(largest, MathF.Abs(value));
        }

        return largest;
    }
}
