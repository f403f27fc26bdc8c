using System.Text.Json;
using System.Text.Json.Nodes;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm;

namespace LlamaFp4.Native.Tests.TensorRtLlm;

public sealed class GuideTextTests
{
    private static readonly ToolSignature Weather = new("get_weather", JsonElement.Parse("""{"type":"object","properties":{"city":{"type":"string"}}}"""));

    [Fact]
    public void Choices_BecomeARegularExpressionOfTheirOwnCharacters()
    {
        var text = GuideText.Of(new ChoiceGuide(["1+1", "a|b", "[x]{2}", @"\d", "line\nbreak", "é"]));

        Assert.Equal(GuideKind.Regex, text.Kind);
        Assert.Equal(@"(1\+1|a\|b|\[x\]\{2\}|\\d|line\nbreak|é)", text.Text);
    }

    [Fact]
    public void EmptyGuides_WouldMeanNoGuideAndAreRefused()
    {
        Guide[] guides = [new RegexGuide(""), new ChoiceGuide([""]), new EbnfGuide(""), new ToolCallGuide { Tools = [] }];

        Assert.All(guides, guide => Assert.Throws<FeatureNotSupportedException>(() => GuideText.Of(guide)));
    }

    [Fact]
    public void OptionalCalls_AreTagsThatTheBeginningOfACallTriggers() => RequireTag(
        new ToolCallGuide { Tools = [Weather], AllowMultiple = true },
        """
        {
          "type": "triggered_tags",
          "triggers": ["{\"name\": \""],
          "tags": [{
            "type": "tag",
            "begin": "{\"name\": \"get_weather\", \"parameters\": ",
            "content": { "type": "json_schema", "json_schema": { "type": "object", "properties": { "city": { "type": "string" } } } },
            "end": "}"
          }],
          "stop_after_first": false
        }
        """);

    [Fact]
    public void RequiredCalls_AreTagsWithASeparatorAndNothingElse() => RequireTag(
        new ToolCallGuide { Tools = [new ToolSignature("a\"b", JsonElement.Parse("true"))], Required = true },
        """
        {
          "type": "tags_with_separator",
          "tags": [{
            "type": "tag",
            "begin": "{\"name\": \"a\\\"b\", \"parameters\": ",
            "content": { "type": "json_schema", "json_schema": true },
            "end": "}"
          }],
          "separator": "; ",
          "at_least_one": true,
          "stop_after_first": true
        }
        """);

    [Fact]
    public void CallsOrAnAnswer_AreAlternatives()
    {
        var format = FormatOf(new ToolCallGuide { Tools = [Weather], ResponseSchema = JsonElement.Parse("""{"type":"integer"}""") });

        Assert.Equal("or", (string)format["type"]!);
        Assert.Equal("tags_with_separator", (string)format["elements"]![0]!["type"]!);
        Assert.Equal("""{"type":"json_schema","json_schema":{"type":"integer"}}""", format["elements"]![1]!.ToJsonString());
    }

    private static void RequireTag(ToolCallGuide guide, string format) => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(format), FormatOf(guide)), FormatOf(guide).ToJsonString());

    private static JsonNode FormatOf(ToolCallGuide guide)
    {
        var text = GuideText.Of(guide);

        Assert.Equal(GuideKind.StructuralTag, text.Kind);
        return JsonNode.Parse(text.Text)!["format"]!;
    }
}
