using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.StandIns.Http;

/// <summary>Writes events as text put together from parts, so that a benchmark measures the client and not this.</summary>
internal abstract class EventWriter(PipeWriter output)
{
    /// <summary>Whether matched stop tokens stay in the output.</summary>
    public abstract bool KeepsStop { get; }

    public virtual void WriteStart()
    {
    }

    public abstract void WriteTokens(IReadOnlyList<int> tokenIds, IReadOnlyList<TokenLogProbability> logProbabilities);

    public abstract void WriteFinish(string reason, int? stopTokenId);

    public abstract void WriteUsage(int promptTokens, int completionTokens, int cachedTokens);

    public void Write(ReadOnlySpan<byte> text) => output.Write(text);

    public ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

    protected void Write(string text) => Encoding.UTF8.GetBytes(text, output);

    protected void Write(int number)
    {
        var span = output.GetSpan(11);
        number.TryFormat(span, out var written, default, CultureInfo.InvariantCulture);
        output.Advance(written);
    }

    protected void Write(float number) => Write(number.ToString("R", CultureInfo.InvariantCulture));
}
