using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace LlamaFp4.Native.TensorRtLlm.Http;

/// <summary>A request as the body of <c>POST /v1/completions</c>. A field that a server does not know is an error there, so only what says something is sent.</summary>
internal static class CompletionRequest
{
    /// <summary>What newer servers accept at most, in either direction.</summary>
    public const float MaxLogitBias = 100;

    public static HttpContent ToContent(ServerRequest request, string modelId)
    {
        // Five bytes for a token id in the prompt, a comma, and a kilobyte for the rest.
        var body = new MemoryStream(1024 + (7 * request.PromptTokenIds.Length));
        using (var writer = new Utf8JsonWriter(body))
        {
            Write(writer, request, modelId);
        }

        var content = new ByteArrayContent(body.GetBuffer(), 0, (int)body.Length);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    private static void Write(Utf8JsonWriter writer, ServerRequest request, string modelId)
    {
        writer.WriteStartObject();
        writer.WriteString("model"u8, modelId);
        WriteIds(writer, "prompt"u8, request.PromptTokenIds);
        writer.WriteBoolean("detokenize"u8, false);
        writer.WriteBoolean("stream"u8, true);

        // The default of the second one has changed from true to false.
        writer.WriteStartObject("stream_options"u8);
        writer.WriteBoolean("include_usage"u8, true);
        writer.WriteBoolean("continuous_usage_stats"u8, false);
        writer.WriteEndObject();
        WriteEnd(writer, request);
        WriteSampling(writer, request);
        if (request.Guide is { } guide)
        {
            writer.WritePropertyName("response_format"u8);
            WriteGuide(writer, guide);
        }

        writer.WriteEndObject();
    }

    private static void WriteEnd(Utf8JsonWriter writer, ServerRequest request)
    {
        writer.WriteNumber("max_tokens"u8, request.MaxNewTokens);
        if (request.SentStopTokenIds.Length > 0)
        {
            WriteIds(writer, "stop_token_ids"u8, request.SentStopTokenIds);
            writer.WriteBoolean("include_stop_str_in_output"u8, true);
        }

        if (request.IgnoresEndOfSequence)
        {
            writer.WriteBoolean("ignore_eos"u8, true);
        }
    }

    private static void WriteSampling(Utf8JsonWriter writer, ServerRequest request)
    {
        var settings = request.Settings;

        // These three say it when they filter nothing, too: left out, they could be the model's own under generation_config=auto.
        writer.WriteNumber("temperature"u8, settings.Temperature);
        writer.WriteNumber("top_p"u8, settings.TopP);
        writer.WriteNumber("top_k"u8, settings.TopK);
        WriteUnless(writer, "min_p"u8, settings.MinP, 0);
        WriteUnless(writer, "repetition_penalty"u8, settings.RepetitionPenalty, 1);
        WriteUnless(writer, "presence_penalty"u8, settings.PresencePenalty, 0);
        WriteUnless(writer, "frequency_penalty"u8, settings.FrequencyPenalty, 0);
        if (settings.Seed is { } seed)
        {
            // The engine's seed is unsigned; all 64 bits count.
            writer.WriteNumber("seed"u8, unchecked((ulong)seed));
        }

        if (request.SentLogProbabilities is { } count)
        {
            writer.WriteNumber("logprobs"u8, count);
        }

        if (request.LogitBias.Length > 0)
        {
            WriteLogitBias(writer, request.LogitBias);
        }
    }

    private static void WriteLogitBias(Utf8JsonWriter writer, KeyValuePair<int, float>[] biases)
    {
        writer.WriteStartObject("logit_bias"u8);
        foreach (var (tokenId, bias) in biases)
        {
            writer.WriteNumber(tokenId.ToString(CultureInfo.InvariantCulture), Math.Max(bias, -MaxLogitBias));
        }

        writer.WriteEndObject();
    }

    private static void WriteGuide(Utf8JsonWriter writer, GuideText guide)
    {
        if (guide.Kind == GuideKind.StructuralTag)
        {
            writer.WriteRawValue(guide.Text);
            return;
        }

        writer.WriteStartObject();
        switch (guide.Kind)
        {
            case GuideKind.JsonObject:
                writer.WriteString("type"u8, "json_object"u8);
                break;
            case GuideKind.JsonSchema:
                // "json_schema" would do too, but releases disagree on whether it holds the schema or a wrapper around it.
                writer.WriteString("type"u8, "json"u8);
                writer.WritePropertyName("schema"u8);
                writer.WriteRawValue(ToSchemaObject(guide.Text));
                break;
            case GuideKind.Regex:
                writer.WriteString("type"u8, "regex"u8);
                writer.WriteString("regex"u8, guide.Text);
                break;
            default:
                writer.WriteString("type"u8, "ebnf"u8);
                writer.WriteString("ebnf"u8, guide.Text);
                break;
        }

        writer.WriteEndObject();
    }

    // The server wants an object; JSON Schema also has the two constants.
    private static string ToSchemaObject(string schema) => schema switch
    {
        "true" => "{}",
        "false" => """{"not":{}}""",
        _ => schema,
    };

    private static void WriteIds(Utf8JsonWriter writer, ReadOnlySpan<byte> name, ReadOnlySpan<int> ids)
    {
        writer.WriteStartArray(name);
        foreach (var id in ids)
        {
            writer.WriteNumberValue(id);
        }

        writer.WriteEndArray();
    }

    private static void WriteUnless(Utf8JsonWriter writer, ReadOnlySpan<byte> name, float value, float neutral)
    {
        if (value != neutral)
        {
            writer.WriteNumber(name, value);
        }
    }
}
