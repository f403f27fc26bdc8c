using System.Text.Json;
using LlamaFp4.Native.Guidance;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Tests.Guidance;

public class ToolCallGrammarTests
{
    private const int PythonTag = 400;

    private static readonly ToolSignature Weather = Tool("get_weather", """{"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}""");
    private static readonly ToolSignature Clock = Tool("Clock_Now", """{"type": "object", "properties": {}}""");

    [Theory]
    [InlineData("""{"name": "get_weather", "parameters": {"city": "Bonn"}}""", true)]
    [InlineData("""{"name": "Clock_Now", "parameters": {}}""", true)]
    [InlineData("""{"name": "get_weather", "parameters": {}}""", false)]
    [InlineData("""{"name": "other", "parameters": {}}""", false)]
    [InlineData("""Sure. {"name": "Clock_Now", "parameters": {}}""", false)]
    [InlineData("""{"name": "Clock_Now", "parameters": {}}; {"name": "Clock_Now", "parameters": {}}""", false)]
    [InlineData("", false)]
    public void Required_single_call_is_one_call_and_nothing_else(string text, bool expected) =>
        Assert.Equal(expected, Guided(new ToolCallGuide { Tools = [Weather, Clock], Required = true }).Allows(text));

    [Theory]
    [InlineData("""{"name": "Clock_Now", "parameters": {}}; {"name": "get_weather", "parameters": {"city": ""}}""", true)]
    [InlineData("""{"name": "Clock_Now", "parameters": {}}""", true)]
    [InlineData("""{"name": "Clock_Now", "parameters": {}}; """, false)]
    [InlineData("""{"name": "Clock_Now", "parameters": {}} {"name": "Clock_Now", "parameters": {}}""", false)]
    public void Required_calls_are_joined_by_semicolons(string text, bool expected) =>
        Assert.Equal(expected, Guided(new ToolCallGuide { Tools = [Weather, Clock], Required = true, AllowMultiple = true }).Allows(text));

    [Theory]
    [InlineData("Hello {\"name\": there", true)]
    [InlineData("Hello", true)]
    [InlineData("""Let me see. {"name": "Clock_Now", "parameters": {}}""", true)]
    [InlineData("""{"name": "other", "parameters": {}}""", false)]
    [InlineData("""{"name": "Clock_Now", "parameters": {}} and text""", false)]
    [InlineData("""{{"name": "Clock_Now", "parameters": {}}""", true)]
    [InlineData("""{"name": {"name": "Clock_Now", "parameters": {"x": 1}}""", false)]
    public void Free_text_turns_into_a_call_where_a_call_begins(string text, bool expected) =>
        Assert.Equal(expected, Guided(new ToolCallGuide { Tools = [Weather, Clock] }).Allows(text));

    [Theory]
    [InlineData("""{"name": "Clock_Now", "parameters": {}}""", true)]
    [InlineData("""{"answer": 42}""", true)]
    [InlineData("42", false)]
    [InlineData("Certainly!", false)]
    public void With_a_response_schema_the_answer_is_a_call_or_the_schema(string text, bool expected)
    {
        var schema = JsonDocument.Parse("""{"type": "object", "properties": {"answer": {"type": "integer"}}, "required": ["answer"]}""").RootElement;

        Assert.Equal(expected, Guided(new ToolCallGuide { Tools = [Weather, Clock], ResponseSchema = schema }).Allows(text));
    }

    [Fact]
    public void Mask_is_exact_at_every_place_of_a_conversation_with_a_call()
    {
        var guided = Guided(new ToolCallGuide { Tools = [Weather, Clock], AllowMultiple = true });
        var text = """Yes. {"name": "get_weather", "parameters": {"city": "Bonn"}}; {"name": "Clock_Now", "parameters": {}}""";

        for (var length = 0; length <= text.Length; length++)
        {
            guided.AssertMaskIsExact(text[..length]);
        }
    }

    [Fact]
    public void Name_with_quotes_is_escaped_as_the_prompt_escapes_it()
    {
        var guided = Guided(new ToolCallGuide { Tools = [Tool("a\"b", "{}")], Required = true });

        Assert.True(guided.Allows("""{"name": "a\"b", "parameters": {}}"""));
    }

    private static ToolSignature Tool(string name, string schema) => new(name, JsonDocument.Parse(schema).RootElement.Clone());

    private static GuidedText Guided(ToolCallGuide guide) => new(json => ToolCallGrammar.Build(json, guide, PythonTag));
}
