using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlamaFp4.Extensions.SemanticKernel.Settings;

/// <summary>Reads a truth value that may be written as text: readers of YAML deliver every scalar so.</summary>
internal sealed class BooleanOrTextConverter : JsonConverter<bool>
{
    public override bool Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.String when bool.TryParse(reader.GetString(), out var value) => value,
        _ => throw new JsonException("Expected true or false."),
    };

    public override void Write(Utf8JsonWriter writer, bool value, JsonSerializerOptions options) => writer.WriteBooleanValue(value);
}
