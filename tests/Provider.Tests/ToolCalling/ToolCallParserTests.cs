using LlamaFp4.Provider.ToolCalling;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.ToolCalling;

public class ToolCallParserTests
{
    private static string Parse(string text, bool isComplete = true) =>
        Transcript.Of(text, new ToolCallParser(Transcript.Tools("tide_table", "tide_now", "play")), isComplete: isComplete);

    [Theory]
    [InlineData("""{"name": "play", "parameters": {"song": "Ponta de Areia"}}""")]
    [InlineData("""{"name":"play","arguments":{"song":"Ponta de Areia"}}""")]
    [InlineData("""{"type": "function", "name": "play", "parameters": {"song": "Ponta de Areia"}}""")]
    [InlineData("""{"type": "function", "function": "play", "parameters": {"song": "Ponta de Areia"}}""")]
    [InlineData("""{"type": "function", "function": {"name": "play", "arguments": {"song": "Ponta de Areia"}}}""")]
    [InlineData("""{"function": {"parameters": {"song": "Ponta de Areia"}, "name": "play"}}""")]
    [InlineData("""{"parameters": {"song": "Ponta de Areia"}, "name": "play"}""")]
    [InlineData("""{"name": "play", "id": 7, "parameters": {"song": "Ponta de Areia"}}""")]
    [InlineData("""{"n\u0061me": "pl\u0061y", "parameters": {"song": "Ponta de Areia"}}""")]
    [InlineData("""{"name": "play", "parameters": {"song": "Ponta de Areia"}, "arguments": {"song": "other"}}""")]
    [InlineData("""{"name": "play", "parameters": "{\"song\": \"Ponta de Areia\"}"}""")]
    [InlineData("""[{"name": "play", "parameters": {"song": "Ponta de Areia"}}]""")]
    [InlineData("""<|python_tag|>{"name": "play", "parameters": {"song": "Ponta de Areia"}}""")]
    [InlineData("""<|python_tag|><|python_tag|>{"name": "play", "parameters": {"song": "Ponta de Areia"}}""")]
    [InlineData("""<|python_tag|>[{"name": "play", "parameters": {"song": "Ponta de Areia"}}]""")]
    [InlineData("""<function=play>{"song": "Ponta de Areia"}</function>""")]
    [InlineData("""<function=play> {"song": "Ponta de Areia"}""")]
    [InlineData("""<|python_tag|><function=play>{"song": "Ponta de Areia"} </function> """)]
    [InlineData("""<|python_tag|>play.call(song="Ponta de Areia")""")]
    [InlineData("""<|python_tag|> play.call( song = "Ponta de Areia" ) """)]
    [InlineData("\n  {\"name\": \"play\", \"parameters\": {\"song\": \"Ponta de Areia\"}}\n;")]
    public void EveryForm_IsTheSameCall(string text)
    {
        var transcript = Parse(text);

        Assert.Equal("""⟨play song="Ponta de Areia"⟩""", transcript);
    }

    [Theory]
    [InlineData("""{"name": "tide_now"}""")]
    [InlineData("""{"name": "tide_now", "parameters": null}""")]
    [InlineData("""{"name": "tide_now", "arguments": {}}""")]
    [InlineData("""{"type": "function", "function": {"name": "tide_now"}}""")]
    [InlineData("""<|python_tag|>tide_now.call()""")]
    public void NoArguments_IsACallWithNone(string text) => Assert.Equal("⟨tide_now⟩", Parse(text));

    [Theory]
    [InlineData("; ")]
    [InlineData(";")]
    [InlineData("\n")]
    [InlineData(", ")]
    [InlineData(" ;\n")]
    [InlineData("<|python_tag|>")]
    [InlineData(";<|python_tag|>\n")]
    public void SeveralObjects_AreSeveralCalls(string separator)
    {
        var text = $$$"""{"name": "play", "parameters": {"song": ";, }"}}{{{separator}}}{"name": "tide_now"}""";

        Assert.Equal("""⟨play song=";, }"⟩⟨tide_now⟩""", Parse(text));
    }

    [Fact]
    public void Array_IsSeveralCalls()
    {
        var text = """
            [
                {"name": "play", "parameters": {"song": "a", "times": 2.50}},
                {"name": "play", "parameters": {"song": "b"}}
            ]
            """;

        Assert.Equal("""⟨play song="a" times=2.50⟩⟨play song="b"⟩""", Parse(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   \n")]
    [InlineData("High water is at noon.")]
    [InlineData("{} is an empty object")]
    [InlineData("{hello}")]
    [InlineData("{ \"name\" is a key }")]
    [InlineData("""{"answer": {"name": "play"}}""")]
    [InlineData("""{"name": "Marie", "age": 30}""")]
    [InlineData("""{"name": "playlist", "parameters": {}}""")]
    [InlineData("""{"name": "pla", "parameters": {}}""")]
    [InlineData("""{"name": "", "parameters": {}}""")]
    [InlineData("""{"name": null, "parameters": {}}""")]
    [InlineData("""{"name": ["play"], "parameters": {}}""")]
    [InlineData("""{"name": {"name": "play"}}""")]
    [InlineData("""{"type": "object", "name": "play"}""")]
    [InlineData("""{"type": 1, "name": "play"}""")]
    [InlineData("""{"parameters": {"song": "a"}}""")]
    [InlineData("""{"function": 7, "parameters": {}}""")]
    [InlineData("""{"name": "play", "parameters": 7}""")]
    [InlineData("""{"name": "play", "parameters": "no object"}""")]
    [InlineData("""{"name": "play", "parameters": {"song": "a",}}""")]
    [InlineData("""{"name": "play", "parameters": {"song": 'a'}}""")]
    [InlineData("""{"name": "play", "parameters": {"song": 01}}""")]
    [InlineData("""{"name": "play", "parameters": {"song": "a" """)]
    [InlineData("""{"name": "play", "parameters": {"song": "a"}""")]
    [InlineData("{\"name\": \"play\", \"parameters\": {\"song\": \"two\nlines\"}}")]
    [InlineData("[]")]
    [InlineData("[1, 2]")]
    [InlineData("[play(song=\"a\")]")]
    [InlineData("""[{"name": "tide_now"}, 7]""")]
    [InlineData("""[{"name": "tide_now"}, {"name": "unknown"}]""")]
    [InlineData("""[{"name": "tide_now"},]""")]
    [InlineData("""[{"name": "tide_now"} and more""")]
    [InlineData("""[{"name": "tide_now"}""")]
    [InlineData("<b>bold</b>")]
    [InlineData("<func")]
    [InlineData("<function=unknown>{}</function>")]
    [InlineData("<function=play></function>")]
    [InlineData("<function=play>{\"song\": }</function>")]
    [InlineData("play.call(song=\"a\")")]
    [InlineData("Sure! {\"name\": \"tide_now\"}")]
    [InlineData("{hello} {\"name\": \"tide_now\"}")]
    public void WhatOnlyLooksLikeACall_IsText(string text) => Assert.Equal(text, Parse(text));

    [Theory]
    [InlineData("not a call at all")]
    [InlineData("  print(1)")]
    [InlineData("""{"name": "unknown", "parameters": {}}""")]
    [InlineData("""{"a": 1}""")]
    [InlineData("play(song='a')")]
    [InlineData("play.call('positional')")]
    [InlineData("play.call(song=\"a\"")]
    [InlineData("unknown.call(song=\"a\")")]
    [InlineData("pla")]
    [InlineData("play.cal")]
    [InlineData("  ")]
    public void NoCallBehindTheTag_IsTextWithoutTheTag(string rest) => Assert.Equal("Well: " + rest, Parse("Well: <|python_tag|>" + rest));

    [Fact]
    public void TextBeforeTheTag_IsTextBeforeTheCall()
    {
        var transcript = Parse("""I will look. <|python_tag|>{"name": "tide_now"}""");

        Assert.Equal("I will look. ⟨tide_now⟩", transcript);
    }

    [Theory]
    [InlineData(" That is all.")]
    [InlineData("; and {more}")]
    [InlineData("\n{\"name\": \"unknown\"}")]
    [InlineData("; {\"name\": \"play\", ")]
    public void TextBehindACall_IsTextVerbatim(string rest) =>
        Assert.Equal("⟨tide_now⟩" + rest, Parse("""{"name": "tide_now"}""" + rest));

    [Fact]
    public void TextBehindAFunctionTag_IsTextVerbatim()
    {
        Assert.Equal("⟨tide_now⟩ done", Parse("<function=tide_now>{}</function> done"));
        Assert.Equal("⟨tide_now⟩ </func", Parse("<function=tide_now>{} </func"));
        Assert.Equal("⟨tide_now⟩⟨tide_now⟩", Parse("<function=tide_now>{}</function>\n<function=tide_now>{}"));
        Assert.Equal("⟨tide_now⟩</function>", Parse("""{"name": "tide_now"}</function>"""));
    }

    [Fact]
    public void ClosingTagInsideAnArgument_IsPartOfIt() =>
        Assert.Equal("""⟨play song="</function>"⟩""", Parse("""<function=play>{"song": "</function>"}</function>"""));

    [Fact]
    public void ControlTokenInsideACall_EndsIt()
    {
        var transcript = Parse("""{"name": "play", <|python_tag|>{"name": "tide_now"}""");

        Assert.Equal("""{"name": "play", ⟨tide_now⟩""", transcript);
    }

    [Fact]
    public void ControlTokenBehindText_BeginsANewCandidate()
    {
        var transcript = Parse("""{no call}; <|python_tag|>{"name": "tide_now"} and <|python_tag|> {"name": "tide_now"}""");

        Assert.Equal("{no call}; ⟨tide_now⟩ and ⟨tide_now⟩", transcript);
    }

    [Fact]
    public void SpelledControlToken_InAnArgument_IsPartOfIt()
    {
        ToolCallParser parser = new(Transcript.Tools("play"));
        List<AIContent> contents = [];

        parser.Append("""{"name": "play", "parameters": {"song": "<|python_tag|>"}}""", contents);

        Assert.Equal("""⟨play song="<|python_tag|>"⟩""", Transcript.Of(contents));
    }

    [Fact]
    public void DuplicateKeys_TheLastWins() =>
        Assert.Equal("""⟨tide_now port="b"⟩""", Parse("""{"name": "play", "name": "tide_now", "parameters": {"port": "a", "port": "b"}}"""));

    [Fact]
    public void LoneSurrogateEscapes_BecomeReplacementCharacters()
    {
        ToolCallParser parser = new(Transcript.Tools("play"));
        List<AIContent> contents = [];

        parser.Append("""{"name": "play", "parameters": {"a\udc00": "\ud83e \ud83e\udd99 \\ud83e"}}""", contents);

        var argument = Assert.Single(Assert.IsType<FunctionCallContent>(Assert.Single(contents)).Arguments!);
        Assert.Equal("a\ufffd", argument.Key);
        Assert.Equal("\ufffd 🦙 \\ud83e", argument.Value!.ToString());
    }

    [Theory]
    [InlineData("""q="a", 'n"=1)""", null)]
    [InlineData("""song='it''s')""", "song=\"it\\u0027\\u0027s\"")]
    [InlineData("""song="say \"hi\"", n=5, loud=True, list=[1, {"a": ")"}], none=None)""", "song=\"say \\u0022hi\\u0022\" n=5 loud=true list=[1,{\"a\":\")\"}] none=null")]
    [InlineData("""song="print("hi")")""", "song=\"print(\\u0022hi\\u0022)\"")]
    [InlineData("""song=yesterday)""", null)]
    [InlineData("""song="a",)""", null)]
    public void BuiltInArguments_AreReadAsWritten(string arguments, string? expected)
    {
        var transcript = Parse("<|python_tag|>play.call(" + arguments);

        Assert.Equal(expected is null ? "play.call(" + arguments : $"⟨play {expected}⟩", transcript);
    }

    [Fact]
    public void TextBehindABuiltInCall_IsText() =>
        Assert.Equal("""⟨play song="a"⟩ and so on""", Parse("""<|python_tag|>play.call(song="a") and so on"""));

    [Fact]
    public void CodeInterpreter_TakesEverythingBehindTheTag()
    {
        ToolCallParser parser = new(Transcript.Tools("code_interpreter"));

        var transcript = Transcript.Of("Running: <|python_tag|>[n for n in {1, 2}]\nprint(3)", parser);

        Assert.Equal("""Running: ⟨code_interpreter code="[n for n in {1, 2}]\nprint(3)"⟩""", transcript);
    }

    [Theory]
    [InlineData("print(")]
    [InlineData("{'a': 1, ")]
    [InlineData("code_interpreter.call(code=\"print(\")")]
    public void CodeCutByTheLimit_IsText(string code)
    {
        ToolCallParser parser = new(Transcript.Tools("code_interpreter"));

        var transcript = Transcript.Of("<|python_tag|>" + code, parser, isComplete: false);

        Assert.Equal(code == "code_interpreter.call(code=\"print(\")" ? "⟨code_interpreter code=\"print(\"⟩" : code, transcript);
    }

    [Fact]
    public void NestingLimit_IsSixtyFour()
    {
        static string Nested(int depth) =>
            $$$"""{"name": "play", "parameters": {"song": {{{new string('[', depth - 2)}}}{{{new string(']', depth - 2)}}}}}""";

        Assert.StartsWith("⟨play", Parse(Nested(64)), StringComparison.Ordinal);
        Assert.Equal(Nested(65), Parse(Nested(65)));
    }

    [Fact]
    public void NoTools_EverythingIsText()
    {
        ToolCallParser parser = new(Transcript.Tools());

        var transcript = Transcript.Of("""<|python_tag|>{"name": "tide_now"}""", parser);

        Assert.Equal("""{"name": "tide_now"}""", transcript);
    }

    [Theory]
    [InlineData("""Sure: {"name": "tide_now", "parameters": {}} there.""", "Sure: ⟨tide_now⟩ there.")]
    [InlineData("""{"a": [{"name": "tide_now"}]}""", """{"a": [⟨tide_now⟩]}""")]
    [InlineData("""So {"name": "unknown"}, {"name": "tide_now"}""", """So {"name": "unknown"}, ⟨tide_now⟩""")]
    [InlineData("""So {{"name": "tide_now"}""", "So {⟨tide_now⟩")]
    [InlineData("""So {"name":"tide_now"}""", """So {"name":"tide_now"}""")]
    [InlineData("""So {"na""", """So {"na""")]
    public void CallsInText_AreCallsIfAGrammarForcesThem(string text, string expected)
    {
        ToolCallParser parser = new(Transcript.Tools("tide_now"), callsInText: true);

        Assert.Equal(expected, Transcript.Of(text, parser));
    }

    [Theory]
    [InlineData("""{"name": "tide_now"}; {"name": "play"}""")]
    [InlineData("""[{"name": "tide_now"}, {"name": "play"}]""")]
    [InlineData("""<|python_tag|>{"name": "tide_now"}<|python_tag|>{"name": "play"} and text""")]
    [InlineData("""<|python_tag|>tide_now.call() text<|python_tag|>more""")]
    public void FirstCallOnly_EndsWithIt(string text)
    {
        ToolCallParser parser = new(Transcript.Tools("tide_now", "play"), firstCallOnly: true);

        var transcript = Transcript.Of(text, parser);

        Assert.Equal("⟨tide_now⟩", transcript);
        Assert.True(parser.IsEnded);
        Assert.Equal(1, parser.CallCount);
    }

    [Fact]
    public void Append_PlainText_PassesAtOnceAsTheSameString()
    {
        ToolCallParser parser = new(Transcript.Tools("play"));
        List<AIContent> contents = [];
        parser.Append("Well", contents);
        var text = new string(" {then".ToCharArray());

        parser.Append(text, contents);

        Assert.Equal(2, contents.Count);
        Assert.Same(text, Assert.IsType<TextContent>(contents[1]).Text);
    }

    [Theory]
    [InlineData("""{"r""")]
    [InlineData("""{"name": "M""")]
    [InlineData("""{"type": "fun!""")]
    [InlineData("""{"function": {"name": "x""")]
    [InlineData("[1")]
    [InlineData("<b")]
    public void Append_NoCallAnyMore_IsReleasedAtThatCharacter(string text)
    {
        ToolCallParser parser = new(Transcript.Tools("play"));
        List<AIContent> contents = [];

        parser.Append(text[..^1], contents);
        Assert.Empty(contents);
        parser.Append(text[^1..], contents);

        Assert.Equal(text, Transcript.Of(contents));
    }

    [Fact]
    public void Append_ObjectCloses_CallComesAtOnceWithAnIdOfItsOwn()
    {
        ToolCallParser parser = new(Transcript.Tools("play"));
        List<AIContent> contents = [];
        const string call = """{"name": "play", "parameters": {}}""";

        parser.Append(call, contents);
        parser.Append(";" + call, contents);

        var ids = contents.Cast<FunctionCallContent>().Select(content => content.CallId).ToList();
        Assert.Equal(2, ids.Distinct().Count());
        Assert.All(ids, id => Assert.StartsWith("call_", id, StringComparison.Ordinal));
    }
}
