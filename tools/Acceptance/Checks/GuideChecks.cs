using System.Text.Json;
using System.Text.RegularExpressions;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Acceptance.Checks;

/// <summary>Whether the server keeps to each kind of guide.</summary>
internal static class GuideChecks
{
    private const string Schema = """
        { "type": "object", "properties": { "city": { "type": "string", "maxLength": 20 }, "population": { "type": "integer" } }, "required": ["city", "population"], "additionalProperties": false }
        """;

    public static IEnumerable<AcceptanceCheck> Questions =>
    [
        new("Guide: any JSON", (target, cancellationToken) => GuideAsync(target, new JsonGuide(), IsJson, cancellationToken)),
        new("Guide: JSON schema", (target, cancellationToken) => GuideAsync(target, new JsonSchemaGuide(Parse(Schema)), IsCity, cancellationToken)),
        new("Guide: regular expression", (target, cancellationToken) => GuideAsync(target, new RegexGuide("[0-9]{4}-[0-9]{2}-[0-9]{2}"), text => Regex.IsMatch(text, "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), cancellationToken)),
        new("Guide: one of several texts", (target, cancellationToken) => GuideAsync(target, new ChoiceGuide(["red", "green", "blue"]), text => text is "red" or "green" or "blue", cancellationToken)),
        new("Guide: EBNF grammar", (target, cancellationToken) => GuideAsync(target, new EbnfGuide("root ::= \"yes\" | \"no\""), text => text is "yes" or "no", cancellationToken)),
        new("Guide: required tool calls (a structural tag on the wire)", (target, cancellationToken) => GuideAsync(target, Tools(), IsCall, cancellationToken)),
    ];

    private static async Task<Finding> GuideAsync(AcceptanceTarget target, Guide guide, Func<string, bool> keeps, CancellationToken cancellationToken)
    {
        if (!target.Can(guide.Feature))
        {
            return Finding.NotApplicable(target.Server is null ? "The engine does not know this guide" : "Not offered: the server enforces no guides (guided_decoding_backend), or the wire has no field for it");
        }

        var request = new GenerationRequest
        {
            PromptTokenIds = target.Encode("Name a city, a date or a colour:"),
            MaxNewTokens = Math.Min(256, target.Model.ContextLength / 2),
            Guide = guide,
            Sampling = new SamplingParameters { Temperature = 0 },
        };
        Answer answer;
        try
        {
            answer = await target.Session.CollectAsync(request, cancellationToken);
        }
        catch (FeatureNotSupportedException refusal)
        {
            return Finding.NotApplicable($"Refused, which is better than ignored: {refusal.Message}");
        }

        var text = target.Tokenizer.Decode([.. answer.TokenIds]);
        var observed = $"{text} ({answer.Last.FinishReason})";

        // A value that the limit cut off has kept to the guide so far; only one that was finished proves it.
        return answer.Last.FinishReason == FinishReason.Length
            ? Finding.NotApplicable($"Not finished within {request.MaxNewTokens} tokens: {observed}")
            : Finding.PassIf(keeps(text), observed);
    }

    private static ToolCallGuide Tools() => new()
    {
        Tools = [new ToolSignature("get_population", Parse("""{ "type": "object", "properties": { "city": { "type": "string", "maxLength": 20 } }, "required": ["city"] }"""))],
        Required = true,
    };

    private static JsonElement Parse(string json) => JsonElement.Parse(json);

    private static bool IsJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsCity(string text) =>
        IsJson(text) && Parse(text) is { ValueKind: JsonValueKind.Object } city
        && city.EnumerateObject().Select(member => member.Name).SequenceEqual(["city", "population"])
        && city.GetProperty("city").ValueKind == JsonValueKind.String
        && city.GetProperty("population").ValueKind == JsonValueKind.Number;

    private static bool IsCall(string text) =>
        IsJson(text) && Parse(text) is { ValueKind: JsonValueKind.Object } call
        && call.GetProperty("name").ValueEquals("get_population")
        && call.GetProperty("parameters").TryGetProperty("city", out _);
}
