using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>The tokens of an answer: appended by the read loop, handed out in slices that stay valid.</summary>
internal sealed class AnswerTokens(bool withLogProbabilities)
{
    private readonly List<TokenLogProbability>? _logProbabilities = withLogProbabilities ? [] : null;
    private int[] _tokenIds = new int[32];

    public int Count { get; private set; }

    public int this[int index] => _tokenIds[index];

    public void Add(int tokenId, TokenLogProbability? logProbability)
    {
        if (Count == _tokenIds.Length)
        {
            // A new array: slices handed out before keep the old one, whose content does not change.
            Array.Resize(ref _tokenIds, 2 * Count);
        }

        _tokenIds[Count] = tokenId;
        if (logProbability is not null)
        {
            // The list may move its content while the consumer copies from it.
            lock (_logProbabilities!)
            {
                _logProbabilities.Add(logProbability);
            }
        }

        Count++;
    }

    public ReadOnlyMemory<int> Slice(int start, int end) => _tokenIds.AsMemory(start, end - start);

    public IReadOnlyList<TokenLogProbability>? LogProbabilities(int start, int end)
    {
        if (_logProbabilities is null)
        {
            return null;
        }

        lock (_logProbabilities)
        {
            return _logProbabilities.GetRange(start, end - start);
        }
    }
}
