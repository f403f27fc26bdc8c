using System.Runtime.InteropServices;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Cpu.Sampling;

/// <summary>What a request changes about the logits before anything is drawn: bias and penalties.</summary>
internal sealed class LogitAdjustments
{
    private readonly SamplingSettings _settings;
    private readonly KeyValuePair<int, float>[] _bias;

    // How often each token was generated; a token of the prompt alone has 0. Kept only where penalties need it.
    private readonly Dictionary<int, int>? _timesGenerated;

    public LogitAdjustments(SamplingSettings settings, KeyValuePair<int, float>[] bias, ReadOnlySpan<int> promptTokenIds)
    {
        _settings = settings;
        _bias = bias;
        _timesGenerated = settings.HasPenalties ? [] : null;
        foreach (var tokenId in promptTokenIds)
        {
            _timesGenerated?.TryAdd(tokenId, 0);
        }
    }

    /// <summary>Whether <see cref="Apply"/> changes anything.</summary>
    public bool Any => _bias.Length > 0 || _timesGenerated is not null;

    public void Apply(Span<float> logits)
    {
        foreach (var (tokenId, bias) in _bias)
        {
            logits[tokenId] += bias;
        }

        if (_timesGenerated is null)
        {
            return;
        }

        foreach (var (tokenId, times) in _timesGenerated)
        {
            ref var logit = ref logits[tokenId];
            logit = logit > 0 ? logit / _settings.RepetitionPenalty : logit * _settings.RepetitionPenalty;
            logit -= (times > 0 ? _settings.PresencePenalty : 0) + (times * _settings.FrequencyPenalty);
        }
    }

    public void OnGenerated(int tokenId)
    {
        if (_timesGenerated is not null)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_timesGenerated, tokenId, out _)++;
        }
    }
}
