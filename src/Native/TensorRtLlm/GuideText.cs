using System.Text;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>A guide in the notation of TensorRT-LLM's grammar back-end.</summary>
/// <param name="Kind">Which notation.</param>
/// <param name="Text">The guide; for <see cref="GuideKind.JsonObject"/> an empty object, because an empty text means no guide at all.</param>
internal sealed record GuideText(GuideKind Kind, string Text)
{
    /// <summary>All guides: each can be written in one of the notations.</summary>
    public const SessionFeatures Features = SessionFeatures.JsonGuide | SessionFeatures.JsonSchemaGuide | SessionFeatures.RegexGuide
        | SessionFeatures.ChoiceGuide | SessionFeatures.EbnfGuide | SessionFeatures.ToolCallGuide;

    /// <exception cref="FeatureNotSupportedException">The guide cannot be written in that notation.</exception>
    public static GuideText Of(Guide guide) => guide switch
    {
        JsonGuide => new GuideText(GuideKind.JsonObject, "{}"),
        JsonSchemaGuide schema => new GuideText(GuideKind.JsonSchema, schema.Schema.GetRawText()),
        RegexGuide { Pattern.Length: > 0 } regex => new GuideText(GuideKind.Regex, regex.Pattern),
        ChoiceGuide choice when choice.Choices.Any(text => text.Length > 0) => new GuideText(GuideKind.Regex, AlternationOf(choice.Choices)),
        EbnfGuide { Grammar.Length: > 0 } ebnf => new GuideText(GuideKind.Ebnf, ebnf.Grammar),
        ToolCallGuide { Tools.Count: > 0 } calls => new GuideText(GuideKind.StructuralTag, StructuralTag.Of(calls)),
        _ => throw new FeatureNotSupportedException($"TensorRT-LLM takes no {guide.Feature} that is empty."),
    };

    private static string AlternationOf(IReadOnlyList<string> choices) => $"({string.Join('|', choices.Select(Escape))})";

    // Every character that means something in any dialect, and no escapes that only .NET knows.
    private static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (var character in text)
        {
            escaped.Append(character switch
            {
                '\n' => @"\n",
                '\r' => @"\r",
                '\t' => @"\t",
                _ when @"\^$.|?*+()[]{}/-".Contains(character, StringComparison.Ordinal) => $@"\{character}",
                _ => character.ToString(),
            });
        }

        return escaped.ToString();
    }
}

/// <summary>The notations of TensorRT-LLM.</summary>
internal enum GuideKind
{
    JsonObject,
    JsonSchema,
    Regex,
    Ebnf,
    StructuralTag,
}
