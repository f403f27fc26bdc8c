using System.Text;
using System.Text.Json;
using Json.Schema;

namespace LlamaFp4.Provider.Tests.Conformance;

/// <summary>A validator that knows nothing of how answers are guided.</summary>
internal static class JsonValidation
{
    private const int MaxDepth = 1000; // A small model may follow a recursive schema to the limit of its output.

    private static readonly EvaluationOptions Options = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };

    public static void AssertValid(JsonElement schema, string json)
    {
        var text = schema.GetRawText();
        var dialect = text.Contains("draft-07", StringComparison.Ordinal) ? Dialect.Draft07 : Dialect.Draft202012;
        var validator = JsonSchema.FromText(text, new BuildOptions { Dialect = dialect, SchemaRegistry = new SchemaRegistry() });
        using var value = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
        var results = validator.Evaluate(value.RootElement, Options);
        var errors = (results.Details ?? []).SelectMany(detail => (detail.Errors ?? []).Select(error => $"{detail.InstanceLocation} {error.Key}: {error.Value}"));
        Assert.True(results.IsValid, $"{json}\nis not\n{schema}\n{string.Join('\n', errors)}");
    }

    /// <summary>The text could be the beginning of a JSON text.</summary>
    public static void AssertBeginsJson(string text)
    {
        Utf8JsonReader reader = new(Encoding.UTF8.GetBytes(text), isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = MaxDepth }));
        while (reader.Read())
        {
        }
    }
}
