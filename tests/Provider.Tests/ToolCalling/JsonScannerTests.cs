using System.Text.Json;
using LlamaFp4.Provider.ToolCalling;

namespace LlamaFp4.Provider.Tests.ToolCalling;

public class JsonScannerTests
{
    [Fact]
    public void Append_MutatedJson_AgreesWithSystemTextJson()
    {
        Random random = new(8);
        const string alphabet = "{}[]\",:0123456789.eE+-\\/ubfnrtalse \n\u0001é";
        const string valid = """{"a": [1, -0.5e+10, 0, true, false, null, "x\n\u00e9\/"], "b": {"c": {}, "d": []}, "": ""}""";
        var accepted = 0;
        for (var run = 0; run < 20_000; run++)
        {
            var text = valid.ToCharArray().ToList();
            for (var mutations = random.Next(3); mutations >= 0; mutations--)
            {
                var position = random.Next(text.Count);
                switch (random.Next(3))
                {
                    case 0:
                        text[position] = alphabet[random.Next(alphabet.Length)];
                        break;
                    case 1:
                        text.RemoveAt(position);
                        break;
                    default:
                        text.Insert(position, alphabet[random.Next(alphabet.Length)]);
                        break;
                }
            }

            string json = new([.. text]);
            var expected = IsContainer(json);
            Assert.True(expected == Scan(json), $"{json}: expected {expected}");
            accepted += expected ? 1 : 0;
        }

        Assert.InRange(accepted, 2000, 18_000);
    }

    private static bool Scan(string json)
    {
        JsonScanner scanner = new();
        for (var i = 0; i < json.Length; i++)
        {
            switch (scanner.Append(json[i]))
            {
                case JsonEvent.Malformed:
                    return false;
                case JsonEvent.Ended:
                    return json.AsSpan(i + 1).Trim(" \t\r\n").Length == 0;
            }
        }

        return false;
    }

    private static bool IsContainer(string json)
    {
        try
        {
            return JsonElement.Parse(json).ValueKind is JsonValueKind.Object or JsonValueKind.Array;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
