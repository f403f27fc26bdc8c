using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.StandIns.Http;

/// <summary><c>/v1/completions</c>, with token ids in and out. As strict as the real one: an unknown field is an error.</summary>
internal sealed class CompletionEndpoint(StandInServer server) : EventEndpoint(server)
{
    private static readonly HashSet<string> Known =
    [
        "model", "prompt", "best_of", "echo", "frequency_penalty", "logit_bias", "logprobs", "max_tokens", "n", "presence_penalty", "seed", "stop", "stream",
        "stream_options", "suffix", "temperature", "top_p", "user", "use_beam_search", "top_k", "top_p_min", "min_p", "repetition_penalty", "length_penalty",
        "early_stopping", "stop_token_ids", "include_stop_str_in_output", "ignore_eos", "min_tokens", "skip_special_tokens", "spaces_between_special_tokens",
        "truncate_prompt_tokens", "return_context_logits", "detokenize", "add_special_tokens", "response_format", "disaggregated_params", "lora_request",
    ];

    protected override GenerationRequest ToRequest(JsonElement body)
    {
        foreach (var property in body.EnumerateObject())
        {
            if (!Known.Contains(property.Name) || property.Value.ValueKind == JsonValueKind.Null)
            {
                throw new ArgumentException($"Extra inputs are not permitted: {property.Name}");
            }
        }

        if (!body.GetProperty("stream").GetBoolean() || body.GetProperty("detokenize").GetBoolean() || body.GetProperty("model").GetString() is null)
        {
            throw new ArgumentException("This stand-in streams token ids only.");
        }

        var model = Server.Engine.Model;
        var prompt = IdsOf(body.GetProperty("prompt"));
        var stops = body.TryGetProperty("stop_token_ids", out var stopIds) ? IdsOf(stopIds) : [];
        var ignoresEnd = body.TryGetProperty("ignore_eos", out var ignore) && ignore.GetBoolean();
        return new GenerationRequest
        {
            PromptTokenIds = prompt,
            MaxNewTokens = StandInLimits.NewTokensOf(body.TryGetProperty("max_tokens", out var limit) ? limit.GetInt32() : null, prompt.Length, model),
            StopTokenIds = StandInLimits.StopTokensOf(stops, ignoresEnd, model),
            LogProbabilities = body.TryGetProperty("logprobs", out var logProbabilities) && logProbabilities.GetInt32() is > 0 and var count ? count : null,
            LogitBias = body.TryGetProperty("logit_bias", out var bias) ? BiasOf(bias, model.VocabularySize) : null,
            Guide = Behaviour.IgnoresGuides || !body.TryGetProperty("response_format", out var format) ? null : GuideOf(format),
            Sampling = SamplingOf(body),
        };
    }

    protected override EventWriter CreateWriter(PipeWriter output, JsonElement body) => new CompletionWriter(
        output,
        body.GetProperty("model").GetString()!,
        keepsStop: body.TryGetProperty("include_stop_str_in_output", out var keep) && keep.GetBoolean(),
        withUsage: body.TryGetProperty("stream_options", out var options) && options.GetProperty("include_usage").GetBoolean(),
        Server.Engine.Tokenizer);

    private static int[] IdsOf(JsonElement array) => [.. array.EnumerateArray().Select(id => id.GetInt32())];

    private static Dictionary<int, float> BiasOf(JsonElement bias, int vocabularySize)
    {
        var biases = bias.EnumerateObject().ToDictionary(entry => int.Parse(entry.Name, CultureInfo.InvariantCulture), entry => entry.Value.GetSingle());
        foreach (var (id, value) in biases)
        {
            if (id < 0 || id >= vocabularySize || value is < -100 or > 100)
            {
                throw new ArgumentException($"Token ID {id} out of vocabulary range [0, {vocabularySize}), or its bias {value} out of [-100, 100]");
            }
        }

        return biases;
    }

    private static Guide GuideOf(JsonElement format) => format.GetProperty("type").GetString() switch
    {
        "json_object" => StandInGuide.JsonObject(),
        "json" => StandInGuide.JsonSchema(format.GetProperty("schema").GetRawText()),
        "regex" => new RegexGuide(format.GetProperty("regex").GetString()!),
        "ebnf" => new EbnfGuide(format.GetProperty("ebnf").GetString()!),
        "structural_tag" => StandInGuide.StructuralTag(format.GetRawText()),
        var type => throw new ArgumentException($"Unsupported response format: {type}"),
    };

    private static SamplingParameters SamplingOf(JsonElement body) => new()
    {
        Temperature = Number(body, "temperature") ?? 1,
        TopP = Number(body, "top_p") ?? 1,
        TopK = (int?)Number(body, "top_k") ?? 0,
        MinP = Number(body, "min_p"),
        RepetitionPenalty = Number(body, "repetition_penalty"),
        PresencePenalty = Number(body, "presence_penalty"),
        FrequencyPenalty = Number(body, "frequency_penalty"),
        Seed = body.TryGetProperty("seed", out var seed) ? unchecked((long)seed.GetUInt64()) : null,
    };

    private static float? Number(JsonElement body, string name) => body.TryGetProperty(name, out var value) ? value.GetSingle() : null;
}
