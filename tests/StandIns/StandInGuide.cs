using System.Text.Json;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.StandIns;

/// <summary>Guides as they arrive → guides for the engine.</summary>
internal static class StandInGuide
{
    private const string NamePrefix = "{\"name\": ";
    private const string NameSuffix = ", \"parameters\": ";

    public static Guide JsonObject() => new JsonSchemaGuide(JsonElement.Parse("""{"type":"object"}"""));

    public static Guide JsonSchema(string schema) => new JsonSchemaGuide(JsonElement.Parse(schema));

    /// <summary>A structural tag of the kinds that stand for tool calls.</summary>
    public static Guide StructuralTag(string json)
    {
        var format = JsonElement.Parse(json).GetProperty("format");
        JsonElement? schema = null;
        if (TypeOf(format) == "or")
        {
            schema = format.GetProperty("elements")[1].GetProperty("json_schema");
            format = format.GetProperty("elements")[0];
        }

        return new ToolCallGuide
        {
            Tools = [.. format.GetProperty("tags").EnumerateArray().Select(ToolOf)],
            Required = schema is null && TypeOf(format) == "tags_with_separator",
            AllowMultiple = !format.GetProperty("stop_after_first").GetBoolean(),
            ResponseSchema = schema,
        };
    }

    private static ToolSignature ToolOf(JsonElement tag)
    {
        var begin = tag.GetProperty("begin").GetString()!;
        var name = JsonElement.Parse(begin[NamePrefix.Length..^NameSuffix.Length]).GetString()!;
        return new ToolSignature(name, tag.GetProperty("content").GetProperty("json_schema"));
    }

    private static string? TypeOf(JsonElement format) => format.GetProperty("type").GetString();
}
