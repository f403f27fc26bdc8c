namespace LlamaFp4.Native.Checkpoint;

/// <summary>Compares what a checkpoint holds with what its configuration makes the architecture need.</summary>
internal sealed class CheckpointChecks(LlamaCheckpoint checkpoint, StoredTensors tensors)
{
    private readonly LlamaConfig _config = checkpoint.Config;
    private readonly List<LinearLayer> _linearLayers = [.. LlamaTensors.LinearLayers(checkpoint.Config)];

    public void Run()
    {
        RunOnHeaders();
        RequireBlockScales();
    }

    /// <summary>What can be checked without reading weights: headers, and the scalar scales.</summary>
    public void RunOnHeaders()
    {
        RefuseExcludedLayers();
        RequireEveryTensor();
        RefuseUnknownTensors();
        RequireShapes();
        RequireScales();
    }

    private void RefuseExcludedLayers()
    {
        foreach (var pattern in checkpoint.Quantization.ExcludedModules)
        {
            var excluded = _linearLayers.Find(layer => pattern.Matches(layer.Prefix));
            if (excluded.Prefix is { } module)
            {
                throw new CheckpointException(
                    checkpoint.Quantization.File,
                    null,
                    $"excludes '{pattern.Text}' from quantisation, and with it '{module}': linear layers in BF16 are not supported.");
            }
        }
    }

    private void RequireEveryTensor()
    {
        var missing = Needed().Where(name => !tensors.TryGet(name, out _, out _)).ToList();
        if (missing.Count > 0)
        {
            throw new CheckpointException(tensors.Source, null, $"lacks {missing.Count} tensors of this architecture: {NameList.Join(missing)}.");
        }
    }

    // A bias, a pre-quantisation scale or one layer too many would change the result if it were passed over.
    private void RefuseUnknownTensors()
    {
        var known = Needed().Concat(LlamaTensors.KvCacheScales(_config)).ToHashSet(StringComparer.Ordinal);
        var unknown = tensors.Names.Where(name => !known.Contains(name) && !IsDerived(name)).Order(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
        {
            throw new CheckpointException(tensors.Source, null, $"holds {unknown.Count} tensors that this architecture does not have: {NameList.Join(unknown)}.");
        }
    }

    // Old exporters stored the rotary frequencies, which follow from the configuration.
    private static bool IsDerived(string name) => name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal);

    private void RequireShapes()
    {
        foreach (var (name, shape) in LlamaTensors.Dense(_config))
        {
            _ = checkpoint.GetTensor(name, TensorDType.BF16, shape);
        }

        foreach (var layer in _linearLayers)
        {
            _ = checkpoint.GetNvFp4(layer.Prefix, layer.Rows, layer.Columns);
        }
    }

    private void RequireScales()
    {
        foreach (var layer in _linearLayers)
        {
            RequireScale(layer.WeightScale, scale => float.IsFinite(scale) && scale >= 0, "a finite number, 0 or more");
            RequireScale(layer.InputScale, scale => float.IsFinite(scale) && scale > 0, "a finite number above 0");
        }

        foreach (var name in LlamaTensors.KvCacheScales(_config).Where(tensors.Names.Contains))
        {
            RequireScale(name, scale => float.IsFinite(scale) && scale > 0, "a finite number above 0");
        }
    }

    private void RequireScale(string name, Func<float, bool> isValid, string expected)
    {
        var scale = checkpoint.GetScalar(name);
        if (!isValid(scale))
        {
            throw Wrong(name, FormattableString.Invariant($"is {scale}, expected {expected}."));
        }
    }

    // In parallel: half a gigabyte for 8B. Done here, not at first use, so that a checkpoint that opens is a good one.
    private void RequireBlockScales()
    {
        var invalid = new long[_linearLayers.Count];
        Parallel.For(0, invalid.Length, index => invalid[index] = BlockScales.IndexOfInvalid(ViewScales(_linearLayers[index])));
        var first = Array.FindIndex(invalid, index => index >= 0);
        if (first < 0)
        {
            return;
        }

        var layer = _linearLayers[first];
        var (row, block) = Math.DivRem(invalid[first], layer.Columns / NvFp4.BlockSize);
        var code = ViewScales(layer).Slice(invalid[first], 1)[0];
        throw Wrong(layer.BlockScales, $"row {row}, block {block} is 0x{code:X2}, which is {(code is 0x7F or 0xFF ? "NaN" : "negative")}; expected an E4M3 scale from 0x00 to 0x7E.");
    }

    private TensorView ViewScales(LinearLayer layer) =>
        checkpoint.GetTensor(layer.BlockScales, TensorDType.F8E4M3, layer.Rows, layer.Columns / NvFp4.BlockSize);

    private CheckpointException Wrong(string name, string message) =>
        new(tensors.TryGet(name, out var file, out _) ? file.Path : tensors.Source, name, message);

    private IEnumerable<string> Needed() => LlamaTensors.Dense(_config).Select(tensor => tensor.Name)
        .Concat(_linearLayers.SelectMany(layer => new[] { layer.Codes, layer.BlockScales, layer.WeightScale, layer.InputScale }));
}
