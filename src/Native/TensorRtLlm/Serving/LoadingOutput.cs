using System.Globalization;
using LlamaFp4.Native.Cpu;

namespace LlamaFp4.Native.TensorRtLlm.Serving;

/// <summary>Reads from the server's output how far loading has come.</summary>
/// <remarks>Every rank draws bars of its own, so a report may come late; the fraction never goes back.</remarks>
internal sealed class LoadingOutput(IProgress<LoadProgress>? progress)
{
    // What the PyTorch backend of 1.2 and 1.3 prints, in the order in which it happens, and the share of the loading time up to there.
    private static readonly (string Text, double From, double To, string Stage)[] Stages =
    [
        ("Prefetching ", 0.02, 0.02, "Reading the checkpoint into memory"),
        ("Loading safetensors weights in parallel", 0.05, 0.5, "Reading weights"),
        ("Loading weights", 0.5, 0.85, "Moving weights to the GPUs"),
        ("Model init total", 0.85, 0.85, "Reserving the KV cache"),
        ("utotuner", 0.87, 0.87, "Tuning kernels"),
        ("CUDA graph", 0.9, 0.9, "Capturing CUDA graphs"),
    ];

    private readonly Lock _lock = new();
    private double _fraction;

    public void Start() => progress?.Report(new LoadProgress(0, "Starting trtllm-serve"));

    public void Complete() => progress?.Report(new LoadProgress(1, "Ready"));

    public void Append(string line)
    {
        if (progress is null)
        {
            return;
        }

        foreach (var (text, from, to, stage) in Stages)
        {
            var start = line.IndexOf(text, StringComparison.Ordinal);
            if (start >= 0)
            {
                Advance(from + ((to - from) * PercentAfter(line.AsSpan(start + text.Length)) / 100), stage);
                return;
            }
        }
    }

    // A bar looks like "Loading weights:  36%|███▌      | 288/801 [00:01<00:02, 204.02it/s]".
    private static double PercentAfter(ReadOnlySpan<char> text)
    {
        var end = text.IndexOf('%');
        return end > 0 && double.TryParse(text[..end].TrimStart(": "), NumberStyles.None, CultureInfo.InvariantCulture, out var percent)
            ? Math.Min(percent, 100)
            : 0;
    }

    private void Advance(double fraction, string stage)
    {
        lock (_lock)
        {
            if (fraction <= _fraction)
            {
                return;
            }

            _fraction = fraction;
            progress!.Report(new LoadProgress(fraction, stage));
        }
    }
}
