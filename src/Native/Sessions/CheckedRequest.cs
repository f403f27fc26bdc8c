using System.Collections.Frozen;
using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Sessions;

/// <summary>A request that has been copied and checked against the model, with every default filled in. It shares nothing with the caller.</summary>
/// <remarks>What every session checks alike. A session adds what its own engine needs, above all the guide.</remarks>
internal abstract class CheckedRequest
{
    // As many as hosted interfaces give; each position costs a pass over the vocabulary and an object for each.
    private const int MaxLogProbabilities = 20;

    /// <exception cref="ArgumentException">A value is malformed or out of range.</exception>
    /// <exception cref="ContextLengthExceededException">Prompt and requested tokens do not fit.</exception>
    protected CheckedRequest(GenerationRequest request, ModelInfo model, LlamaConfig config)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(request.Sampling);

        // Copied first and checked then: what the caller changes meanwhile must not reach the engine unchecked.
        PromptTokenIds = request.PromptTokenIds.ToArray();
        StopTokenIds = (request.StopTokenIds ?? model.StopTokenIds).ToFrozenSet();
        LogitBias = request.LogitBias is { } bias ? [.. bias] : [];
        RequirePrompt(PromptTokenIds, model.VocabularySize, nameof(request.PromptTokenIds));
        RequireAtLeast(request.MaxNewTokens, 1, nameof(request.MaxNewTokens));
        RequireLogProbabilities(request.LogProbabilities, nameof(request.LogProbabilities));
        RequireIds(StopTokenIds, model.VocabularySize, nameof(request.StopTokenIds));
        RequireBias(LogitBias, model.VocabularySize, nameof(request.LogitBias));
        RequireRoom(PromptTokenIds.Length, request.MaxNewTokens, model.ContextLength);
        MaxNewTokens = request.MaxNewTokens ?? (model.ContextLength - PromptTokenIds.Length);
        Settings = SamplingSettings.Resolve(request.Sampling, config);
        LogProbabilities = request.LogProbabilities;
        CacheSalt = request.CacheSalt;
        Priority = request.Priority;
    }

    public int[] PromptTokenIds { get; }

    public int MaxNewTokens { get; }

    public FrozenSet<int> StopTokenIds { get; }

    public KeyValuePair<int, float>[] LogitBias { get; protected init; }

    public SamplingSettings Settings { get; }

    public int? LogProbabilities { get; }

    public string? CacheSalt { get; }

    public int Priority { get; }

    private static void RequirePrompt(ReadOnlySpan<int> prompt, int vocabularySize, string name)
    {
        if (prompt.IsEmpty)
        {
            throw new ArgumentException($"{name} is empty; a prompt has at least one token.", name);
        }

        foreach (var tokenId in prompt)
        {
            RequireId(tokenId, vocabularySize, name);
        }
    }

    private static void RequireLogProbabilities(int? count, string name)
    {
        if (count is < 0 or > MaxLogProbabilities)
        {
            throw new ArgumentOutOfRangeException(name, count, $"{name} must be from 0 to {MaxLogProbabilities}.");
        }
    }

    private static void RequireAtLeast(int? value, int least, string name)
    {
        if (value < least)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {least} or more.");
        }
    }

    private static void RequireIds(IEnumerable<int> ids, int vocabularySize, string name)
    {
        foreach (var id in ids)
        {
            RequireId(id, vocabularySize, name);
        }
    }

    private static void RequireId(int id, int vocabularySize, string name)
    {
        if ((uint)id >= (uint)vocabularySize)
        {
            throw new ArgumentOutOfRangeException(name, id, $"{name} holds an id outside of 0 to {vocabularySize - 1}.");
        }
    }

    private static void RequireBias(KeyValuePair<int, float>[] biases, int vocabularySize, string name)
    {
        foreach (var (id, bias) in biases)
        {
            RequireId(id, vocabularySize, name);
            if (float.IsNaN(bias) || float.IsPositiveInfinity(bias))
            {
                throw new ArgumentOutOfRangeException(name, bias, $"{name} of token {id} must be a number or negative infinity.");
            }
        }
    }

    private static void RequireRoom(int prompt, int? maxNewTokens, int contextLength)
    {
        if (prompt + (long)(maxNewTokens ?? 1) > contextLength)
        {
            throw new ContextLengthExceededException(
                $"The prompt has {prompt} tokens and {(maxNewTokens is null ? "at least 1 is" : $"{maxNewTokens} are")} to be generated, but the context holds {contextLength}.");
        }
    }
}
