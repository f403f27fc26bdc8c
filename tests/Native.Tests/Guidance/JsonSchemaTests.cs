using System.Text.Json;
using Json.Schema;
using LlamaFp4.Native.Guidance;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Tests.Guidance;

public class JsonSchemaTests
{
    public static TheoryData<string> Corpus => new(
    [
        """{"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 1, "maximum": 14}}, "required": ["city"]}""",
        """{"type": "object", "properties": {"a": {"type": "boolean"}, "b": {"type": "null"}, "c": {"type": ["string", "null"]}}, "required": ["a", "b", "c"], "additionalProperties": false}""",
        """{"type": "array", "items": {"type": "number", "minimum": -2.5, "exclusiveMaximum": 10}, "minItems": 2, "maxItems": 4}""",
        """{"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": false, "minItems": 1}""",
        """{"type": "array", "items": [{"type": "boolean"}], "additionalItems": {"type": "string", "maxLength": 3}, "$schema": "http://json-schema.org/draft-07/schema#"}""",
        """{"enum": ["red", "green", {"k": [1, 2.50, null]}, 3]}""",
        """{"const": {"a": "é\"\n"}}""",
        """{"anyOf": [{"type": "integer", "multipleOf": 3}, {"type": "string", "pattern": "^[A-Z]{2}-[0-9]+$"}]}""",
        """{"oneOf": [{"type": "object", "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}}, "required": ["kind"]}, {"type": "object", "properties": {"kind": {"const": "dog"}, "name": {"type": "string"}}, "required": ["kind"]}]}""",
        """{"allOf": [{"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}, {"properties": {"b": {"type": "string"}}, "required": ["b"]}]}""",
        """{"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "properties": {"value": {"type": "integer"}, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}, "maxItems": 2}}, "required": ["value"], "additionalProperties": false}}}""",
        """{"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 1, "maxProperties": 3}""",
        """{"type": "object", "properties": {"id": {"type": "integer"}}, "patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": {"type": "boolean"}, "required": ["id"]}""",
        """{"type": "object", "propertyNames": {"pattern": "^[a-z]+$", "maxLength": 5}, "additionalProperties": true}""",
        """{"type": "object", "properties": {"a": {}, "b": {}, "c": {}}, "minProperties": 2, "maxProperties": 2}""",
        """{"type": "string", "minLength": 2, "maxLength": 5}""",
        """{"type": "string", "format": "date"}""",
        """{"type": "string", "format": "date-time"}""",
        """{"type": "string", "format": "uuid"}""",
        """{"type": "string", "format": "email"}""",
        """{"type": "string", "format": "ipv4"}""",
        """{"type": "string", "format": "ipv6"}""",
        """{"type": "string", "format": "duration"}""",
        """{"type": "string", "format": "uri"}""",
        """{"type": "string", "format": "time"}""",
        """{"type": "string", "format": "hostname"}""",
        """{"type": "string", "format": "json-pointer"}""",
        """{"type": "string", "pattern": "a.*b", "maxLength": 8}""",
        """{"type": "number", "multipleOf": 0.01, "minimum": 0}""",
        """{"type": "number", "exclusiveMinimum": 0.25, "maximum": 0.75}""",
        """{"type": "number", "multipleOf": 0.5, "minimum": 0, "maximum": 5}""",
        """{"type": "number", "multipleOf": 1.5}""",
        """{"type": "integer", "multipleOf": 2.5, "minimum": -50, "maximum": 50}""",
        """{"type": "integer", "exclusiveMinimum": -5, "maximum": 1000000}""",
        """{"type": "integer", "multipleOf": 7, "minimum": -100, "maximum": 100}""",
        """{"minimum": 3, "maximum": 4}""",
        """{"properties": {"a": {"type": "string", "enum": ["x", "y"]}}, "required": ["a", "z"]}""",
        """{"type": "object", "properties": {"data": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}, "tags": {"type": "array", "items": {"enum": ["a", "b"]}}}, "required": ["name", "tags"]}}}, "required": ["data"], "$schema": "https://json-schema.org/draft/2020-12/schema"}""",
        """{"anyOf": [{"required": ["a"]}, {"required": ["b"]}], "type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}}""",
        """{"type": "object", "title": "Deep", "properties": {"p": {"$ref": "#/definitions/p", "description": "a point"}}, "definitions": {"p": {"type": "object", "properties": {"x": {"type": "number"}, "y": {"type": "number"}}, "required": ["x", "y"]}}, "required": ["p"], "$schema": "http://json-schema.org/draft-07/schema#"}""",
        """{}""",
        """true""",
    ]);

    [Theory]
    [MemberData(nameof(Corpus))]
    public void Whatever_the_guide_lets_through_validates(string schema)
    {
        var guided = Guided(schema);
        var dialect = schema.Contains("draft-07", StringComparison.Ordinal) ? Dialect.Draft07 : Dialect.Draft202012;
        var validator = JsonSchema.FromText(schema, new BuildOptions { Dialect = dialect });
        var random = new Random(schema.Length);

        for (var i = 0; i < 40; i++)
        {
            var text = guided.Write(random);

            using var value = JsonDocument.Parse(text);
            var result = validator.Evaluate(value.RootElement, new EvaluationOptions { RequireFormatValidation = true });
            Assert.True(result.IsValid, $"{text} against {schema}");
        }
    }

    [Theory]
    [MemberData(nameof(Corpus))]
    public void Mask_is_exact_for_every_token_at_every_place_of_a_text(string schema)
    {
        var guided = Guided(schema);
        var text = guided.Write(new Random(3), softLimit: 12);
        for (var length = 0; length <= Math.Min(text.Length, 60); length++)
        {
            if (length == text.Length || !char.IsLowSurrogate(text[length]))
            {
                guided.AssertMaskIsExact(text[..length]);
            }
        }
    }

    [Theory]
    [InlineData("""{"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["b"]}""", """{"a": 1, "b": "x"}""", true)]
    [InlineData("""{"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["b"]}""", """{"b": ""}""", true)]
    [InlineData("""{"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["b"]}""", """{"a": 1}""", false)]
    [InlineData("""{"type": "object", "properties": {"a": {"type": "integer"}}}""", """{"a": 1, "c": 2}""", false)]
    [InlineData("""{"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": true}""", """{"a": 1, "c": {"d": []}}""", true)]
    [InlineData("""{"type": "object"}""", """{"any": ["thing", {"at": null}], "all": -1.5e3}""", true)]
    [InlineData("""{"type": "object", "properties": {}}""", "{}", true)]
    [InlineData("""{"type": "array", "items": {}}""", """[1, "a", {}]""", true)]
    [InlineData("""{"type": "integer"}""", "-12", true)]
    [InlineData("""{"type": "integer"}""", "1.0", false)]
    [InlineData("""{"type": "integer"}""", "012", false)]
    [InlineData("""{"type": "string"}""", "\"\\u00e9 \\\" \\ud83d\\udc4d é\"", true)]
    [InlineData("""{"type": "string"}""", "\"\\ud83d\"", false)]
    [InlineData("""{"type": "string"}""", "\"a\nb\"", false)]
    [InlineData("""{"type": "boolean"}""", "True", false)]
    [InlineData("""{"properties": {"a": false}, "additionalProperties": true}""", """{"a": 1}""", false)]
    [InlineData("""{"properties": {"a": false, "b": {"type": "integer"}}}""", """{"b": 1}""", true)]
    [InlineData("""{"propertyNames": {"enum": ["x", "yy"], "pattern": "^x"}}""", """{"yy": 1}""", false)]
    [InlineData("""{"propertyNames": {"const": "x"}}""", """{"y": 1}""", false)]
    [InlineData("""{"allOf": [{"const": "a"}, {"enum": ["a", "b"]}]}""", "\"a\"", true)]
    [InlineData("""{"allOf": [{"const": "a"}, {"enum": ["a", "b"]}]}""", "\"b\"", false)]
    [InlineData("""{"type": "object", "properties": {"p": {"type": "string", "minLength": 3, "maxLength": 1}, "q": {"type": "null"}}}""", """{"q": null}""", true)]
    [InlineData("""{"type": "string", "anyOf": [{"type": "integer"}, {"type": "string", "maxLength": 1}]}""", "\"x\"", true)]
    [InlineData("""{"allOf": [{"properties": {"a": {"type": "integer"}}}, {"properties": {"b": {"type": "null"}}}], "unevaluatedProperties": false, "type": "object"}""", """{"a": 1, "b": null}""", true)]
    [InlineData("""{"minProperties": 2, "properties": {"a": {}}, "additionalProperties": {"type": "integer"}}""", """{"x": 1, "x": 1}""", false)]
    [InlineData("""{"minProperties": 2, "properties": {"a": {}}, "additionalProperties": {"type": "integer"}}""", """{"a": 0, "x": 1}""", true)]
    [InlineData("""{"anyOf": [{"$ref": "#/$defs/x"}, {"type": "integer"}], "$defs": {"x": {"$ref": "#/$defs/x"}}}""", "3", true)]
    [InlineData("""{"type": "string", "maxLength": 1000000000}""", "\"hello\"", true)]
    public void Texts_are_allowed_or_not(string schema, string text, bool expected) => Assert.Equal(expected, Guided(schema).Allows(text));

    [Theory]
    [InlineData("""{"not": {"type": "string"}}""", "'not'")]
    [InlineData("""{"type": "array", "uniqueItems": true}""", "'uniqueItems'")]
    [InlineData("""{"if": {}, "then": {}}""", "'if'")]
    [InlineData("""{"type": "array", "contains": {"type": "string"}}""", "'contains'")]
    [InlineData("""{"type": "object", "properties": {"a": {"dependentRequired": {}}}}""", "#/properties/a")]
    [InlineData("""{"$ref": "https://example.com/schema"}""", "https://example.com/schema")]
    [InlineData("""{"$ref": "#/$defs/missing"}""", "#/$defs/missing")]
    [InlineData("""{"$ref": "#"}""", "nothing satisfies")]
    [InlineData("""{"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}""", "nothing satisfies")]
    [InlineData("""{"allOf": [{"type": "string"}, {"not": {"const": "a"}}]}""", "'not'")]
    [InlineData("""{"allOf": [{"type": "array"}, {"uniqueItems": true}]}""", "'uniqueItems'")]
    [InlineData("""{"type": "integer", "anyOf": [{"not": {"const": 1}}]}""", "'not'")]
    [InlineData("""{"$ref": "#/$defs/x", "type": "string", "$defs": {"x": {"if": {}, "then": {}}}}""", "'if'")]
    [InlineData("""{"allOf": [{"properties": {"a": {}}, "additionalProperties": {"type": "string"}}, {"properties": {"b": {"type": "integer"}}}]}""", "'additionalProperties'")]
    [InlineData("""{"allOf": [{"properties": {"a": {}}, "unevaluatedProperties": false}, {"properties": {"b": {}}}]}""", "'unevaluatedProperties'")]
    [InlineData("""{"allOf": [{"properties": {"a": {}}, "additionalProperties": false}, {"patternProperties": {"^b": {}}}]}""", "'patternProperties'")]
    [InlineData("""{"allOf": [{"prefixItems": [{"type": "integer"}]}, {"items": {"type": "string"}}]}""", "items")]
    [InlineData("""{"type": "object", "propertyNames": {"anyOf": [{"const": "a"}]}}""", "'anyOf'")]
    [InlineData("""{"oneOf": [{"properties": {"a": {"type": "string"}}}, {"type": "string"}]}""", "'oneOf'")]
    [InlineData("""{"oneOf": [{"type": ["object", "null"], "properties": {"k": {"const": 1}}, "required": ["k"]}, {"type": ["object", "null"], "properties": {"k": {"const": 2}}, "required": ["k"]}]}""", "'oneOf'")]
    [InlineData("""{"type": "object", "additionalProperties": true, "minProperties": 3}""", "'minProperties'")]
    [InlineData("""{"type": "object", "required": [1]}""", "malformed")]
    [InlineData("""{"type": "object", "properties": []}""", "malformed")]
    [InlineData("""{"properties": {"a": {"$id": "https://example.com/a", "$ref": "#/$defs/x"}}}""", "'$id'")]
    [InlineData("""{"type": "banana"}""", "'banana'")]
    [InlineData("""{"type": "number", "multipleOf": 0.0000001}""", "'multipleOf'")]
    [InlineData("""{"type": "integer", "minimum": 5, "maximum": 4}""", "nothing satisfies")]
    [InlineData("""{"type": "string", "minLength": 3, "maxLength": 2}""", "nothing satisfies")]
    [InlineData("""{"type": "object", "required": ["a"], "additionalProperties": false}""", "nothing satisfies")]
    [InlineData("""{"allOf": [{"type": "string"}, {"type": "integer"}]}""", "nothing satisfies")]
    [InlineData("""{"oneOf": [{"type": "integer"}, {"type": "number"}]}""", "'oneOf'")]
    [InlineData("""{"type": "string", "pattern": "(?=x)"}""", "look-around")]
    [InlineData("""false""", "nothing satisfies")]
    [InlineData("""[]""", "neither an object nor a boolean")]
    public void What_cannot_be_enforced_is_refused_by_name(string schema, string named)
    {
        var exception = Assert.Throws<FeatureNotSupportedException>(() => Guided(schema));

        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tool_arguments_stay_free_where_a_schema_cannot_be_enforced()
    {
        var schema = JsonDocument.Parse("""{"type": "object", "properties": {"n": {"type": "integer"}, "x": {"not": {"type": "null"}}}, "required": ["n", "x"]}""").RootElement;
        var guided = new GuidedText(json => JsonSchemaCompiler.CompileArguments(json, schema, json.Grammar.End));

        Assert.True(guided.Allows("""{"n": 1, "x": [null]}"""));
        Assert.False(guided.Allows("""{"n": "1", "x": 2}"""));
    }

    [Theory]
    [InlineData("""{"type": "object", "condition": "price"}""")]
    [InlineData("""{"type": "object"}""")]
    [InlineData("""{}""")]
    public void Tool_without_parameters_takes_an_empty_object(string schema)
    {
        var guided = new GuidedText(json => JsonSchemaCompiler.CompileArguments(json, JsonDocument.Parse(schema).RootElement, json.Grammar.End));

        Assert.True(guided.Allows("{}"));
    }

    [Fact]
    public void Long_strings_and_many_properties_stay_small()
    {
        var properties = string.Join(", ", Enumerable.Range(0, 100).Select(i => $"\"p{i}\": {{\"type\": \"string\", \"maxLength\": {2000 + i}}}"));
        var guided = Guided($"{{\"type\": \"object\", \"properties\": {{{properties}}}}}");

        Assert.True(guided.Allows("{\"p5\": \"" + new string('x', 2005) + "\", \"p99\": \"é\"}"));
        Assert.False(guided.Allows("{\"p5\": \"" + new string('x', 2006) + "\"}"));
    }

    [Fact]
    public void A_schema_that_unfolds_without_end_is_refused_soon()
    {
        var definitions = string.Join(", ", Enumerable.Range(0, 40).Select(i =>
            $"\"d{i}\": {{\"type\": \"object\", \"anyOf\": [{{\"$ref\": \"#/$defs/d{i + 1}\"}}, {{\"$ref\": \"#/$defs/d{i + 1}\", \"minProperties\": {i}}}]}}"));

        Assert.Throws<FeatureNotSupportedException>(() => Guided($"{{\"$ref\": \"#/$defs/d0\", \"$defs\": {{{definitions}, \"d40\": {{}}}}}}"));
    }

    [Fact]
    public void Deep_recursion_in_a_text_is_followed()
    {
        var guided = new GuidedText(json => json.Value(json.Grammar.End));
        var depth = 2000;

        Assert.True(guided.Allows(new string('[', depth) + new string(']', depth)));
        Assert.False(guided.Allows(new string('[', depth) + new string(']', depth - 1)));
    }

    private static GuidedText Guided(string schema)
    {
        using var document = JsonDocument.Parse(schema);
        var element = document.RootElement.Clone();
        return new GuidedText(json => JsonSchemaCompiler.Compile(json, element, json.Grammar.End));
    }
}
