using System.Buffers;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlamaFp4.Provider.Prompting;

namespace LlamaFp4.Provider.Tests.Prompting;

public class PythonJsonTests
{
    [Theory]
    [InlineData(1.0, "1.0")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(0.0, "0.0")]
    [InlineData(0.1, "0.1")]
    [InlineData(-22.75, "-22.75")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00012345, "0.00012345")]
    [InlineData(0.00001, "1e-05")]
    [InlineData(1e-7, "1e-07")]
    [InlineData(1.25e-300, "1.25e-300")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(1e15, "1000000000000000.0")]
    [InlineData(123456789012345.6, "123456789012345.6")]
    [InlineData(9999999999999998.0, "9999999999999998.0")]
    [InlineData(1e16, "1e+16")]
    [InlineData(1e21, "1e+21")]
    [InlineData(1.7976931348623157e308, "1.7976931348623157e+308")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "Infinity")]
    [InlineData(double.NegativeInfinity, "-Infinity")]
    public void Write_Double_IsPythonsRepr(double value, string expected) => Assert.Equal(expected, Write(value));

    [Theory]
    [InlineData(0.1f, "0.1")]
    [InlineData(16777216f, "16777216.0")]
    [InlineData(1e-7f, "1e-07")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    public void Write_Float_HasItsOwnShortestDigits(float value, string expected) => Assert.Equal(expected, Write(value));

    public static TheoryData<object, string> Exact => new()
    {
        { 7, "7" },
        { ulong.MaxValue, "18446744073709551615" },
        { BigInteger.Parse("-123456789012345678901234567890", System.Globalization.CultureInfo.InvariantCulture), "-123456789012345678901234567890" },
        { Int128.MaxValue, "170141183460469231731687303715884105727" },
        { 12.50m, "12.50" },
        { 3m, "3" },
        { 'c', "\"c\"" },
        { new byte[] { 1, 2, 3 }, "\"AQID\"" },
        { DayOfWeek.Friday, "\"Friday\"" },
        { new Uri("https://example.org/a?b=<c>&d"), "\"https://example.org/a?b=<c>&d\"" },
    };

    [Theory]
    [MemberData(nameof(Exact), DisableDiscoveryEnumeration = true)]
    public void Write_OtherValue_IsWrittenExactly(object value, string expected) => Assert.Equal(expected, Write(value));

    [Theory]
    [InlineData("12345678901234567890")]
    [InlineData("1.50")]
    [InlineData("1E5")]
    [InlineData("-0")]
    [InlineData("1e-07")]
    [InlineData("true")]
    [InlineData("null")]
    public void Write_JsonNumberOrLiteral_KeepsItsDigits(string json)
    {
        Assert.Equal(json, Write(JsonElement.Parse(json)));
        Assert.Equal(json, Write(JsonDocument.Parse(json)));
        Assert.Equal(json, Write(JsonNode.Parse(json)));
    }

    [Fact]
    public void Write_EscapedCharacters_AreThoseOfPython() =>
        Assert.Equal(
            "\"\\\" \\\\ \\n \\r \\t \\b \\f \\u0000 \\u000b \\u001f / < > & ' \u007F \u0080 \u00A0 \u2028 \u2029 \uFEFF é 日 🦙 \U000E0041\"",
            Write("\" \\ \n \r \t \b \f \0 \v \u001f / < > & ' \u007F \u0080 \u00A0 \u2028 \u2029 \uFEFF é 日 🦙 \U000E0041"));

    [Fact]
    public void Write_EscapesOfAJsonElement_AreRewritten() =>
        Assert.Equal(
            "{\"k🦙\\\"\": \"/ é \\n \\u0001 \u2028 \\\\ 🦙 \uD83E|\"}",
            Write(JsonElement.Parse("""{"k\uD83E\uDD99\"":"\/ \u00e9 \u000a \u0001 \u2028 \\ \ud83e\udd99 \ud83e|"}""")));

    [Fact]
    public void Write_LoneSurrogate_StaysForTheTokenizerToReplace() => Assert.Equal("\"a\uDC00b\"", Write("a\uDC00b"));

    [Fact]
    public void Write_Plain_HasASpaceAfterCommaAndColon() =>
        Assert.Equal("""{"a": [1, [], {}], "b": {"c": null}}""", Write(JsonElement.Parse("""{"a":[1,[],{}],"b":{"c":null}}""")));

    [Fact]
    public void Write_Indented_LeavesEmptyContainersOnOneLine() =>
        Assert.Equal(
            """
            {
                "a": [
                    1,
                    [],
                    {}
                ],
                "b": {
                    "c": null
                }
            }
            """,
            Write(JsonElement.Parse("""{"a":[1,[],{}],"b":{"c":null}}"""), indented: true));

    public static TheoryData<object> SameObjectInEveryShape => new()
    {
        JsonElement.Parse("""{"x":[1.0,"é"],"y":null}"""),
        JsonNode.Parse("""{"x":[1.0,"é"],"y":null}""")!,
        new JsonObject { ["x"] = new JsonArray(1.0, "é"), ["y"] = null },
        new Dictionary<string, object?> { ["x"] = new object[] { 1.0, "é" }, ["y"] = null },
        new Dictionary<string, object?> { ["x"] = new List<object> { JsonElement.Parse("1.0"), 'é' }, ["y"] = null }.AsReadOnly(),
        new System.Collections.Specialized.OrderedDictionary { ["x"] = new object[] { 1.0, "é" }, ["y"] = null },
        new KeyValuePair<string, object?>[] { new("x", Enumerable.Range(0, 2).Select(i => i == 0 ? (object)1.0 : "é")), new("y", null) },
    };

    [Theory]
    [MemberData(nameof(SameObjectInEveryShape), DisableDiscoveryEnumeration = true)]
    public void Write_OneObjectInDifferentTypes_IsTheSame(object value) => Assert.Equal("""{"x": [1.0, "é"], "y": null}""", Write(value));

    [Fact]
    public void Write_DictionaryThatHoldsItself_Throws()
    {
        var endless = new Dictionary<string, object?>();
        endless["self"] = endless;

        Assert.Throws<ArgumentException>(() => Write(endless));
    }

    [Fact]
    public void Write_RandomValues_AreReadBackAsWritten()
    {
        for (int seed = 0; seed < 500; seed++)
        {
            var value = JsonElement.Parse(RandomJson(new Random(seed), depth: 0));

            string plain = Write(value);
            string indented = Write(value, indented: true);

            Assert.True(JsonElement.DeepEquals(value, JsonElement.Parse(plain)), plain);
            Assert.True(JsonElement.DeepEquals(value, JsonElement.Parse(indented)), indented);
        }
    }

    private static string RandomJson(Random random, int depth) => random.Next(depth > 3 ? 3 : 5) switch
    {
        0 => random.Next().ToString(System.Globalization.CultureInfo.InvariantCulture),
        1 => "null",
        2 => JsonSerializer.Serialize(new string(random.GetItems<char>("a\"\\\n\u0001\u2028é日<", random.Next(6)))),
        3 => $"[{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => RandomJson(random, depth + 1)))}]",
        _ => $"{{{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(i => $"\"k\\n{i}\":{RandomJson(random, depth + 1)}"))}}}",
    };

    private static string Write(object? value, bool indented = false)
    {
        var output = new ArrayBufferWriter<char>();
        PythonJson.Write(output, value, indented);
        return output.WrittenSpan.ToString();
    }
}
