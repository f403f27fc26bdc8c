using System.Text;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.TensorRtLlm.Serving;

namespace LlamaFp4.Native.Tests.TensorRtLlm.Serving;

public sealed class ServerOutputTests
{
    [Fact]
    public async Task ReadAsync_AnyLineEnd_GivesTheLines()
    {
        var lines = await ReadAsync("one\ntwo\r\n\rthree  \r\n\n four");

        Assert.Equal(["one", "two", "three", " four"], lines);
    }

    [Fact]
    public async Task ReadAsync_EndlessLine_IsCut()
    {
        var lines = await ReadAsync(new string('x', 1_000_000) + "\nnext");

        Assert.Equal([new string('x', 4096), "next"], lines);
    }

    [Fact]
    public async Task ReadAsync_CharacterSplitOverReads_StaysWhole()
    {
        Assert.Equal(["███▌ é"], await ReadAsync("███▌ é", chunk: 1));
    }

    [Fact]
    public void Tail_KeepsTheLastLines()
    {
        var tail = new OutputTail(3);
        foreach (var line in (string[])["a", "b", "c", "d", "e"])
        {
            tail.Append(line);
        }

        Assert.Equal(["c", "d", "e"], tail.Lines);
    }

    [Fact]
    public void Loading_OutputOfTwoRanks_OnlyGoesForward()
    {
        var reports = new List<LoadProgress>();
        var loading = new LoadingOutput(new Recorder(reports));
        loading.Start();

        foreach (var line in (string[])
        [
            "[TensorRT-LLM] TensorRT LLM version: 1.2.1",
            "[10/05/2026-10:00:00] [TRT-LLM] [RANK 0] [I] Prefetching 223.10GB checkpoint files.",
            "Loading safetensors weights in parallel:   0%|          | 0/86 [00:00<?, ?it/s]",
            "Loading safetensors weights in parallel: 100%|##########| 86/86 [01:12<00:00,  3.05s/it]",
            "Loading safetensors weights in parallel:  50%|#####     | 43/86 [00:40<00:40,  1.07it/s]",
            "Loading weights:  40%|████      | 320/801 [00:01<00:01, 700.62it/s]",
            "Model init total -- 93.13s",
            "[TRT-LLM] [I] Running CUDA graph capture for 8 batch sizes.",
        ])
        {
            loading.Append(line);
        }

        loading.Complete();
        Assert.Equal(
            [
                new(0, "Starting trtllm-serve"),
                new(0.02, "Reading the checkpoint into memory"),
                new(0.05, "Reading weights"),
                new(0.5, "Reading weights"),
                new(0.64, "Moving weights to the GPUs"),
                new(0.85, "Reserving the KV cache"),
                new(0.9, "Capturing CUDA graphs"),
                new(1, "Ready"),
            ],
            reports.Select(report => report with { Fraction = Math.Round(report.Fraction, 6) }));
    }

    [Fact]
    public void Backoff_Doubles_AndBeginsAgainAfterAStableRun()
    {
        var backoff = new RestartBackoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1));
        int[] readySeconds = [0, 59, 0, 0, 0, 60, 0];

        var delays = readySeconds.Select(seconds => backoff.After(TimeSpan.FromSeconds(seconds)).TotalSeconds);

        Assert.Equal([1, 2, 4, 5, 5, 1, 2], delays);
    }

    private static async Task<List<string>> ReadAsync(string text, int? chunk = null)
    {
        var lines = new List<string>();
        Stream stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        await OutputLines.ReadAsync(chunk is { } size ? new SlowStream(stream, size) : stream, lines.Add);
        return lines;
    }

    private sealed class Recorder(List<LoadProgress> reports) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => reports.Add(value);
    }

    /// <summary>Gives a few bytes at a time.</summary>
    private sealed class SlowStream(Stream inner, int chunk) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, Math.Min(count, chunk));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer[..Math.Min(buffer.Length, chunk)], cancellationToken);

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
