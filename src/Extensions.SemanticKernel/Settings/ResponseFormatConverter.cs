using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Extensions.SemanticKernel.Settings;

/// <summary>Reads a response format in the forms that prompt templates and OpenAI's API use, and writes the shortest of them.</summary>
internal sealed class ResponseFormatConverter : JsonConverter<ChatResponseFormat>
{
    private const string Expectation = "Expected \"text\", \"json_object\", a JSON Schema, or {\"type\": \"json_schema\", \"json_schema\": {\"schema\": …}}.";

    public override ChatResponseFormat Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        FromElement(JsonElement.ParseValue(ref reader));

    public override void Write(Utf8JsonWriter writer, ChatResponseFormat value, JsonSerializerOptions options)
    {
        switch (value)
        {
            case ChatResponseFormatText:
                writer.WriteStringValue("text");
                break;
            case ChatResponseFormatJson { Schema: null }:
                writer.WriteStringValue("json_object");
                break;
            case ChatResponseFormatJson { SchemaName: null, SchemaDescription: null, Schema: { } schema }:
                schema.WriteTo(writer);
                break;
            case ChatResponseFormatJson json:
                WriteNamed(writer, json);
                break;
            default:
                throw new JsonException($"There is no JSON form of {value.GetType().Name}.");
        }
    }

    private static ChatResponseFormat FromElement(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => FromText(element.GetString()!),
        JsonValueKind.Object => FromObject(element),
        _ => throw new JsonException(Expectation),
    };

    /// <summary>A schema inside a text keeps its numbers, which a mapping of YAML loses.</summary>
    private static ChatResponseFormat FromText(string text) => text switch
    {
        "text" => ChatResponseFormat.Text,
        "json_object" => ChatResponseFormat.Json,
        _ when text.AsSpan().TrimStart().StartsWith("{") => FromObject(JsonElement.Parse(text)),
        _ => throw new JsonException(Expectation),
    };

    private static ChatResponseFormat FromObject(JsonElement element)
    {
        var type = TextOf(element, "type");
        if (type is "text" or "json_object")
        {
            return FromText(type);
        }

        if (type is not "json_schema")
        {
            return ChatResponseFormat.ForJsonSchema(element);
        }

        return element.TryGetProperty("json_schema", out var named) && named.ValueKind == JsonValueKind.Object && named.TryGetProperty("schema", out var schema)
            ? ChatResponseFormat.ForJsonSchema(schema, TextOf(named, "name"), TextOf(named, "description"))
            : throw new JsonException(Expectation);
    }

    private static string? TextOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static void WriteNamed(Utf8JsonWriter writer, ChatResponseFormatJson json)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "json_schema");
        writer.WriteStartObject("json_schema");
        if (json.SchemaName is { } name)
        {
            writer.WriteString("name", name);
        }

        if (json.SchemaDescription is { } description)
        {
            writer.WriteString("description", description);
        }

        writer.WritePropertyName("schema");
        json.Schema!.Value.WriteTo(writer);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
