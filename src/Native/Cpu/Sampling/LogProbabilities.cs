using LlamaFp4.Native.Cpu.Kernels;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Cpu.Sampling;

/// <summary>Log probabilities of a position, from the logits as the model computed them: log p = logit − log Σ e^logit.</summary>
internal sealed class LogProbabilities(int vocabularySize)
{
    private readonly float[] _weights = new float[vocabularySize];
    private readonly Candidates _candidates = new(vocabularySize);

    public TokenLogProbability Of(ReadOnlySpan<float> logits, int tokenId, int alternatives)
    {
        var max = LogitWeights.Max(logits);
        var logSum = max + Math.Log(LogitWeights.Exponentiate(logits, max, 1, _weights));
        return new TokenLogProbability
        {
            TokenId = tokenId,
            LogProbability = (float)(logits[tokenId] - logSum),
            Alternatives = alternatives == 0 ? [] : Best(logits, logSum, alternatives),
        };
    }

    private TokenLogProbability[] Best(ReadOnlySpan<float> logits, double logSum, int count)
    {
        // By logit: the weights of unlikely tokens are all 0.
        logits.CopyTo(_weights);
        _candidates.Fill(_weights, float.NegativeInfinity);
        var best = new TokenLogProbability[int.Min(count, _candidates.Count)];
        for (var i = 0; i < best.Length; i++)
        {
            var id = _candidates.Pop();
            best[i] = new TokenLogProbability { TokenId = id, LogProbability = (float)(logits[id] - logSum) };
        }

        return best;
    }
}
