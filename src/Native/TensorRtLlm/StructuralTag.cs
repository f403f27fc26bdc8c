using System.Text.Json.Nodes;
using LlamaFp4.Native.Guidance;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>Tool calls as a structural tag of xgrammar. Required calls are the language of the embedded engine's grammar of calls; behind free text a tag allows more text between calls, and after them.</summary>
internal static class StructuralTag
{
    public static string Of(ToolCallGuide guide)
    {
        JsonObject format = (guide.Required, guide.ResponseSchema) switch
        {
            (true, _) => Calls(guide),
            (false, null) => FreeText(guide),
            (false, { } schema) => new JsonObject { ["type"] = "or", ["elements"] = new JsonArray(Calls(guide), SchemaOf(schema)) },
        };
        return new JsonObject { ["type"] = "structural_tag", ["format"] = format }.ToJsonString();
    }

    private static JsonObject Calls(ToolCallGuide guide) => new()
    {
        ["type"] = "tags_with_separator",
        ["tags"] = Tags(guide),
        ["separator"] = ToolCallGrammar.CallSeparator,
        ["at_least_one"] = true,
        ["stop_after_first"] = !guide.AllowMultiple,
    };

    private static JsonObject FreeText(ToolCallGuide guide) => new()
    {
        ["type"] = "triggered_tags",
        ["triggers"] = new JsonArray(ToolCallGrammar.Trigger),
        ["tags"] = Tags(guide),
        ["stop_after_first"] = !guide.AllowMultiple,
    };

    // As nodes: a collection expression would call the Add of any type, which cannot be compiled ahead of time.
    private static JsonArray Tags(ToolCallGuide guide) => new([.. guide.Tools.Select(JsonNode (tool) => new JsonObject
    {
        ["type"] = "tag",
        ["begin"] = $"{ToolCallGrammar.Trigger}{CanonicalJson.Write(tool.Name)[1..]}, \"parameters\": ",
        ["content"] = SchemaOf(tool.Parameters),
        ["end"] = "}",
    })]);

    private static JsonObject SchemaOf(System.Text.Json.JsonElement schema) => new()
    {
        ["type"] = "json_schema",
        ["json_schema"] = JsonNode.Parse(schema.GetRawText()),
    };
}
