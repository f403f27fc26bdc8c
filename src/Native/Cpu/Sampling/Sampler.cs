using LlamaFp4.Native.Cpu.Kernels;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Cpu.Sampling;

/// <summary>Chooses a token from logits. One per engine: it holds the working memory, the request holds its <see cref="SamplingState"/>.</summary>
internal sealed class Sampler(int vocabularySize)
{
    private readonly float[] _adjusted = new float[vocabularySize];
    private readonly float[] _weights = new float[vocabularySize];
    private readonly int[] _drawable = new int[vocabularySize];
    private readonly Candidates _candidates = new(vocabularySize);

    /// <summary>Adjusts, filters and draws, in the order documented with <see cref="Sessions.SamplingParameters"/>.</summary>
    /// <exception cref="InvalidOperationException">The logits are not numbers, or nothing may be drawn.</exception>
    public int Next(ReadOnlySpan<float> logits, SamplingState state)
    {
        var adjusted = Adjust(logits, state);
        var max = LogitWeights.Max(adjusted);
        if (!float.IsFinite(max))
        {
            throw new InvalidOperationException(
                max is float.NegativeInfinity ? "Every token is forbidden."
                : float.IsFinite(LogitWeights.Max(logits)) ? $"Bias or penalties make a logit {max}."
                : $"The model computed a logit of {max}.");
        }

        var tokenId = state.Settings.IsGreedy ? adjusted.IndexOf(max) : Draw(adjusted, max, state);
        state.Adjustments.OnGenerated(tokenId);
        state.Guide?.Accept(tokenId);
        return tokenId;
    }

    /// <summary>The logits that count: whatever forbids or favours tokens changes them here, on a copy.</summary>
    private ReadOnlySpan<float> Adjust(ReadOnlySpan<float> logits, SamplingState state)
    {
        if (!state.Adjustments.Any && state.Guide is null)
        {
            return logits;
        }

        logits.CopyTo(_adjusted);
        state.Adjustments.Apply(_adjusted);
        state.Guide?.Mask(_adjusted);
        return _adjusted;
    }

    private int Draw(ReadOnlySpan<float> logits, float max, SamplingState state)
    {
        var settings = state.Settings;
        var sum = LogitWeights.Exponentiate(logits, max, settings.Temperature, _weights);
        return settings.TopK == 0 && settings.TopP == 1
            ? DrawFromAll(settings.MinP, state.NextDouble())
            : DrawFromBest(settings, sum, state.NextDouble());
    }

    private int DrawFromAll(float minP, double position)
    {
        // The likeliest token has weight 1, so min-p is a bound on weights.
        var count = 0;
        for (var id = 0; id < vocabularySize; id++)
        {
            if (_weights[id] > 0 && _weights[id] >= minP)
            {
                _drawable[count++] = id;
            }
        }

        return Pick(count, position);
    }

    private int DrawFromBest(SamplingSettings settings, double sum, double position)
    {
        _candidates.Fill(_weights, settings.TopK == 0 ? float.Max(settings.MinP, float.Epsilon) : float.Epsilon);
        var count = settings.TopK == 0
            ? TakeTopP(settings.TopP * sum)
            : KeepTopP(TakeTopK(settings.TopK), settings.TopP);

        // Best first, so what min-p drops is at the end; the likeliest token always stays.
        while (_weights[_drawable[count - 1]] < settings.MinP)
        {
            count--;
        }

        return Pick(count, position);
    }

    private int TakeTopP(double share)
    {
        var count = 0;
        for (var reached = 0.0; reached < share && _candidates.Count > 0; count++)
        {
            _drawable[count] = _candidates.Pop();
            reached += _weights[_drawable[count]];
        }

        return count;
    }

    private int TakeTopK(int k)
    {
        var count = 0;
        for (; count < k && _candidates.Count > 0; count++)
        {
            _drawable[count] = _candidates.Pop();
        }

        return count;
    }

    private int KeepTopP(int count, float topP)
    {
        var share = topP * Sum(count);
        var kept = 0;
        for (var reached = 0.0; reached < share && kept < count; kept++)
        {
            reached += _weights[_drawable[kept]];
        }

        return kept;
    }

    private int Pick(int count, double position)
    {
        var rest = position * Sum(count);
        for (var i = 0; i < count - 1; i++)
        {
            rest -= _weights[_drawable[i]];
            if (rest < 0)
            {
                return _drawable[i];
            }
        }

        return _drawable[count - 1];
    }

    private double Sum(int count)
    {
        var sum = 0.0;
        for (var i = 0; i < count; i++)
        {
            sum += _weights[_drawable[i]];
        }

        return sum;
    }
}
