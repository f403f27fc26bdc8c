using System.Text.Json;
using LlamaFp4.Provider.ToolCalling;

namespace LlamaFp4.Provider.Tests.ToolCalling;

public class ArgumentCoercionTests
{
    [Theory]
    [InlineData("\"integer\"", "10", "10")]
    [InlineData("\"integer\"", "-123456789012345678901234567890", "-123456789012345678901234567890")]
    [InlineData("\"number\"", "2.50", "2.50")]
    [InlineData("\"number\"", "1e3", "1e3")]
    [InlineData("\"boolean\"", "true", "true")]
    [InlineData("\"boolean\"", "False", "false")]
    [InlineData("\"null\"", "None", "null")]
    [InlineData("\"array\"", "[1, \\\"a\\\"]", "[1, \"a\"]")]
    [InlineData("\"object\"", "{\\\"a\\\": 1}", "{\"a\": 1}")]
    [InlineData("[\"integer\", \"null\"]", "7", "7")]
    [InlineData("[\"integer\", \"null\"]", "null", "null")]
    public void StringOfTheDeclaredType_BecomesThatType(string type, string text, string expected)
    {
        var value = Coerce(type, $"\"{text}\"");

        Assert.Equal(expected, value.GetRawText());
    }

    [Theory]
    [InlineData("\"string\"", "\"10\"")]
    [InlineData("[\"string\", \"integer\"]", "\"10\"")]
    [InlineData("\"integer\"", "\"1.0\"")]
    [InlineData("\"integer\"", "\"1e3\"")]
    [InlineData("\"integer\"", "\"ten\"")]
    [InlineData("\"integer\"", "\"10 apples\"")]
    [InlineData("\"integer\"", "\"\"")]
    [InlineData("\"integer\"", "10.5")]
    [InlineData("\"boolean\"", "\"yes\"")]
    [InlineData("\"array\"", "\"1, 2\"")]
    [InlineData("\"array\"", "\"{}\"")]
    [InlineData("\"unheard-of\"", "\"10\"")]
    [InlineData("7", "\"10\"")]
    public void EverythingElse_StaysAsItIs(string type, string json)
    {
        var value = Coerce(type, json);

        Assert.Equal(json, value.GetRawText());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("true")]
    [InlineData("""{"properties": 7}""")]
    [InlineData("""{"properties": {"n": true}}""")]
    [InlineData("""{"properties": {"n": {"anyOf": [{"type": "integer"}, {"type": "string"}]}}}""")]
    public void SchemaWithoutAType_ChangesNothing(string schema)
    {
        var value = ArgumentCoercion.Coerce("n", JsonElement.Parse("\"10\""), JsonElement.Parse(schema));

        Assert.Equal("\"10\"", value.GetRawText());
    }

    private static JsonElement Coerce(string type, string json) => ArgumentCoercion.Coerce(
        "n",
        JsonElement.Parse(json),
        JsonElement.Parse("""{"type": "object", "properties": {"n": {"type": TYPE}}}""".Replace("TYPE", type, StringComparison.Ordinal)));
}
