using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LlamaFp4.Native.Guidance;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;
using LlamaFp4.PocketModel;

namespace LlamaFp4.Bench;

/// <summary>What a guide costs for each token: finding the allowed tokens, masking the logits, following the token.</summary>
internal static class GuideBench
{
    private const string Schema = """
        {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0, "maximum": 150}, "tags": {"type": "array", "items": {"type": "string", "maxLength": 40}},
         "address": {"type": "object", "properties": {"street": {"type": "string"}, "zip": {"type": "string", "pattern": "^[0-9]{5}$"}}, "required": ["street"]}}, "required": ["name", "age", "tags"]}
        """;

    private const string SchemaText = """{"name": "Ada Lovelace of London", "age": 36, "tags": ["mathematics", "engines and their notes", "poetry"], "address": {"street": "St James's Square", "zip": "12345"}}""";

    private const string JsonText = """{"a": [1, 2, {"b": "text with some words in it", "c": [[1], [2, [3]], {"d": {"e": {"f": null}}}]}], "g": "another string value", "h": -1.5e3}""";

    private const string CallText = """Let me look that up for you. {"name": "get_weather", "parameters": {"city": "Buenos Aires", "days": 3}}""";

    private static readonly ToolSignature Tool = new("get_weather", JsonElement.Parse(
        """{"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}, "required": ["city"]}"""));

    public static void Run(string checkpointDirectory)
    {
        var tokenizer = LlamaTokenizer.Load(checkpointDirectory);
        var compiler = new GuideCompiler(tokenizer);
        var stops = new[] { tokenizer.SpecialTokens.EndOfTurn };
        Console.WriteLine($"{Path.GetFileName(checkpointDirectory)}: {tokenizer.VocabularySize} tokens");
        Console.WriteLine("| Guide | tokens | first use, µs a token | afterwards, µs a token | slowest afterwards, µs |");
        Console.WriteLine("|---|--:|--:|--:|--:|");

        // The first guide also pays for the compilation of the code and the tree of the vocabulary.
        Measure(compiler, tokenizer, new ChoiceGuide(["warm", "up"]), "warm", stops);
        foreach (var (name, guide, text) in new (string, Guide, string)[]
        {
            ("JSON schema", new JsonSchemaGuide(JsonElement.Parse(Schema)), SchemaText),
            ("any JSON", new JsonGuide(), JsonText),
            ("free text, then a call", new ToolCallGuide { Tools = [Tool] }, CallText),
        })
        {
            var first = Measure(compiler, tokenizer, guide, text, stops);
            var later = Enumerable.Range(0, 20).Select(_ => Measure(compiler, tokenizer, guide, text, stops)).ToList();
            var median = later.Select(run => run.Average()).Order().ElementAt(later.Count / 2);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {first.Count} | {first.Average():0} | {median:0.0} | {later.Select(run => run.Max()).Order().ElementAt(later.Count / 2):0.0} |"));
        }
    }

    private static List<double> Measure(GuideCompiler compiler, LlamaTokenizer tokenizer, Guide guide, string text, int[] stops)
    {
        var cursor = compiler.Begin(compiler.Compile(guide), stops);
        var logits = new float[tokenizer.VocabularySize];
        var times = new List<double>();
        foreach (var tokenId in tokenizer.Encode(text))
        {
            Array.Clear(logits);
            var start = Stopwatch.GetTimestamp();
            cursor.Mask(logits);
            cursor.Accept(tokenId);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        return times;
    }

    public static string DefaultDirectory => PocketCheckpoint.DirectoryPath;
}
