using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using static LlamaFp4.Provider.Tests.Prompting.Prompts;

namespace LlamaFp4.Provider.Tests.Prompting;

public class CallHistoryTests
{
    private const string TwoPairs =
        """
        <|eot_id|><|start_header_id|>user<|end_header_id|>

        Both, please<|eot_id|><|start_header_id|>assistant<|end_header_id|>

        {"name": "wind", "parameters": {"port": "Brest"}}<|eot_id|><|start_header_id|>ipython<|end_header_id|>

        {"output": "NW 5"}<|eot_id|><|start_header_id|>assistant<|end_header_id|>

        {"name": "tide", "parameters": {"port": "Brest", "days": 2}}<|eot_id|><|start_header_id|>ipython<|end_header_id|>

        {"high": "04:12"}<|eot_id|><|start_header_id|>assistant<|end_header_id|>


        """;

    private static readonly ChatMessage Question = User("Both, please");
    private static readonly FunctionCallContent Wind = Call("w", "wind", """{"port":"Brest"}""");
    private static readonly FunctionCallContent Tide = Call("t", "tide", """{"port":"Brest","days":2}""");
    private static readonly FunctionResultContent WindResult = Result("w", "NW 5");
    private static readonly FunctionResultContent TideResult = Result("t", ToJson("""{"high":"04:12"}"""));

    public static TheoryData<string, ChatMessage[]> ShapesOfTwoCalls => new()
    {
        { "one message each", [Question, Assistant(Wind, Tide), Results(WindResult, TideResult)] },
        { "flattened", [Question, Assistant(Wind), Assistant(Tide), Results(WindResult), Results(TideResult)] },
        { "results in reverse", [Question, Assistant(Wind, Tide), Results(TideResult, WindResult)] },
        { "flattened, in reverse", [Question, Assistant(Wind), Assistant(Tide), Results(TideResult), Results(WindResult)] },
        { "one after the other", [Question, Assistant(Wind), Results(WindResult), Assistant(Tide), Results(TideResult)] },
        { "all in one message", [Question, Assistant(Wind, Tide, WindResult, TideResult)] },
        { "pairs in one message", [Question, Assistant(Wind, WindResult, Tide, TideResult)] },
        { "with what the model does not read", [Question, Assistant(new UsageContent(), Wind, new TextReasoningContent("hm")), Assistant(Tide), Results(WindResult, TideResult)] },
    };

    [Theory]
    [MemberData(nameof(ShapesOfTwoCalls))]
    public void Render_TwoCalls_AreConsecutivePairsInAnyShape(string shape, ChatMessage[] messages)
    {
        string turns = Turns(messages);

        Assert.True(turns == TwoPairs, $"{shape}:\n{turns}");
    }

    [Fact]
    public void Render_TextBesideCalls_StandsBeforeTheFirstWithTheControlToken() =>
        Assert.Equal(
            """
            <|eot_id|><|start_header_id|>assistant<|end_header_id|>

            Let me look.<|python_tag|>{"name": "wind", "parameters": {"port": "Brest"}}<|eot_id|><|start_header_id|>assistant<|end_header_id|>

            {"name": "tide", "parameters": {"port": "Brest", "days": 2}}<|eot_id|><|start_header_id|>assistant<|end_header_id|>


            """,
            Turns([Assistant(new TextContent("\nLet me "), Wind, new TextContent("look. "), Tide)]));

    [Fact]
    public void Render_TextBesideFlattenedCalls_IsTheSameAsBuffered() =>
        Assert.Equal(
            Turns([Assistant(new TextContent("Let me "), Wind, new TextContent("look."), Tide)]),
            Turns([Assistant(new TextContent("Let me "), Wind), Assistant(new TextContent("look."), Tide)]));

    [Fact]
    public void Render_BlankTextBesideCall_LeavesTheCallAlone() =>
        Assert.Equal(Turns([Assistant(Wind)]), Turns([Assistant(new TextContent(" \n"), Wind)]));

    [Fact]
    public void Render_AssistantTextBeforeCallMessage_StaysATurnOfItsOwn() =>
        Assert.Equal(
            "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHello.<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n" +
            "{\"name\": \"wind\", \"parameters\": {\"port\": \"Brest\"}}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([new(ChatRole.Assistant, "Hello."), Assistant(Wind)]));

    [Fact]
    public void Render_AnswerAfterResultInOneMessage_IsATurnOfItsOwn() =>
        Assert.Equal(
            Turns([Assistant(Wind), Results(WindResult), new(ChatRole.Assistant, "Take a coat.")]),
            Turns([Assistant(Wind, WindResult, new TextContent("Take a coat."))]));

    [Fact]
    public void Render_UserTextBesideResult_IsAUserTurn() =>
        Assert.Equal(
            Turns([Assistant(Wind), Results(WindResult), User("And now?")]),
            Turns([Assistant(Wind), new(ChatRole.User, [WindResult, new TextContent("And now?"), new TextContent("")])]));

    [Fact]
    public void Render_EmptyTextBesideResult_IsNoTurn() =>
        Assert.Equal(
            Turns([Assistant(Wind), Results(WindResult)]),
            Turns([Assistant(Wind), new(ChatRole.User, [new TextContent(""), WindResult, new TextContent("\n")])]));

    [Fact]
    public void Render_TextBesideACallOfALaterRound_StaysInThatRound() =>
        Assert.Equal(
            "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nFirst.<|python_tag|>{\"name\": \"wind\", \"parameters\": {\"port\": \"Brest\"}}<|eot_id|>" +
            "<|start_header_id|>ipython<|end_header_id|>\n\n{\"output\": \"NW 5\"}<|eot_id|>" +
            "<|start_header_id|>assistant<|end_header_id|>\n\nThen.<|python_tag|>{\"name\": \"tide\", \"parameters\": {\"port\": \"Brest\", \"days\": 2}}<|eot_id|>" +
            "<|start_header_id|>ipython<|end_header_id|>\n\n{\"high\": \"04:12\"}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([Assistant(new TextContent("First."), Wind), Results(WindResult), Assistant(new TextContent("Then."), Tide), Results(TideResult)]));

    [Fact]
    public void Render_CallWithoutResult_IsWrittenWithoutOne() =>
        Assert.Equal(
            "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n{\"name\": \"wind\", \"parameters\": {\"port\": \"Brest\"}}<|eot_id|>" +
            "<|start_header_id|>assistant<|end_header_id|>\n\n{\"name\": \"tide\", \"parameters\": {\"port\": \"Brest\", \"days\": 2}}<|eot_id|>" +
            "<|start_header_id|>ipython<|end_header_id|>\n\n{\"high\": \"04:12\"}<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nWell?<|eot_id|>" +
            "<|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([Assistant(Wind, Tide), Results(TideResult), User("Well?")]));

    [Fact]
    public void Render_ResultWithoutCall_IsWrittenWhereItStands() =>
        Assert.Equal(
            "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\na<|eot_id|><|start_header_id|>ipython<|end_header_id|>\n\n{\"output\": \"lost\"}<|eot_id|>" +
            "<|start_header_id|>user<|end_header_id|>\n\nb<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([User("a"), Results(Result("nobody", "lost")), User("b")]));

    [Fact]
    public void Render_SecondResultOfACall_IsWrittenWhereItStands() =>
        Assert.Equal(
            "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n{\"name\": \"wind\", \"parameters\": {\"port\": \"Brest\"}}<|eot_id|>" +
            "<|start_header_id|>ipython<|end_header_id|>\n\n{\"output\": \"NW 5\"}<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nMore<|eot_id|>" +
            "<|start_header_id|>ipython<|end_header_id|>\n\n{\"output\": \"N 6\"}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([Assistant(Wind), Results(WindResult), User("More"), Results(Result("w", "N 6"))]));

    [Fact]
    public void Render_LateResult_StandsWithItsCall() =>
        Assert.Equal(
            Turns([Assistant(Wind), Results(WindResult), User("Still there?")]),
            Turns([Assistant(Wind), User("Still there?"), Results(WindResult)]));

    [Fact]
    public void Render_IdsUsedAgainInALaterTurn_AnswerTheLaterCall() =>
        Assert.Equal(
            "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n{\"name\": \"first\", \"parameters\": {}}<|eot_id|>" +
            "<|start_header_id|>user<|end_header_id|>\n\nAgain<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n{\"name\": \"second\", \"parameters\": {}}<|eot_id|>" +
            "<|start_header_id|>ipython<|end_header_id|>\n\n{\"output\": 2}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([Assistant(Call("call_0", "first")), User("Again"), Assistant(Call("call_0", "second")), Results(Result("call_0", 2))]));

    [Fact]
    public void Render_TwoCallsOfOneId_TakeTheirResultsInOrder() =>
        Assert.Equal(
            "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n{\"name\": \"roll\", \"parameters\": {}}<|eot_id|>" +
            "<|start_header_id|>ipython<|end_header_id|>\n\n{\"output\": 1}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n{\"name\": \"roll\", \"parameters\": {}}<|eot_id|>" +
            "<|start_header_id|>ipython<|end_header_id|>\n\n{\"output\": 6}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([Assistant(Call("roll", "roll"), Call("roll", "roll")), Results(Result("roll", 1), Result("roll", 6))]));

    [Fact]
    public void Render_ResultsWithoutId_AreMatchedByPosition() =>
        Assert.Equal(
            Turns([Assistant(Call("1", "a"), Call("2", "b"), Call("3", "c")), Results(Result("1", "A"), Result("2", "B"), Result("3", "C"))]),
            Turns([Assistant(Call("", "a"), Call("2", "b"), Call("", "c")), Results(Result("", "A"), Result("", "C"), Result("2", "B"))]));

    [Fact]
    public void Render_ResultsWithAndWithoutId_LeaveEachOtherTheirCalls() =>
        Assert.Equal(
            Turns([Assistant(Call("1", "a"), Call("2", "b"), Call("3", "c")), Results(Result("1", "A"), Result("2", "B"), Result("3", "C"))]),
            Turns([Assistant(Call("1", "a"), Call("", "b"), Call("3", "c")), Results(Result("", "B"), Result("1", "A"), Result("", "C"))]));

    [Fact]
    public void Render_TextOfToolRole_IsAResultByPosition() =>
        Assert.Equal(
            Turns([Assistant(Call("1", "a"), Call("2", "b")), Results(Result("1", "A"), Result("2", "B"))]),
            Turns([Assistant(Call("1", "a"), Call("2", "b")), new(ChatRole.Tool, "A"), new(new ChatRole("ipython"), "B")]));

    [Fact]
    public void Render_ResultWithoutIdAfterAnotherTurn_AnswersNothing() =>
        Assert.EndsWith(
            "hm<|eot_id|><|start_header_id|>ipython<|end_header_id|>\n\n{\"output\": \"late\"}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([Assistant(Call("", "a")), User("hm"), Results(Result("", "late"))]),
            StringComparison.Ordinal);

    public static TheoryData<object?, string> ResultForms => new()
    {
        { "22", """{"output": "22"}""" },
        { "say \"hi\"\n\u2028/🦙", "{\"output\": \"say \\\"hi\\\"\\n\u2028/🦙\"}" },
        { "", """{"output": ""}""" },
        { null, """{"output": null}""" },
        { true, """{"output": true}""" },
        { 22, """{"output": 22}""" },
        { 0.5, """{"output": 0.5}""" },
        { """{"a":1.50,"b":[ ]}""", """{"a": 1.50, "b": []}""" },
        { "\n [1, 2,{}] ", "[1, 2, {}]" },
        { "{broken", """{"output": "{broken"}""" },
        { "{\"cut\": \"\uD83E\"}", "{\"cut\": \"\uFFFD\"}" },
        { "[1] [2]", """{"output": "[1] [2]"}""" },
        { "\"quoted\"", """{"output": "\"quoted\""}""" },
        { ToJson("\"{\\\"k\\\": null}\""), """{"k": null}""" },
        { ToJson("\"plain\""), """{"output": "plain"}""" },
        { ToJson("1e3"), """{"output": 1e3}""" },
        { ToJson("null"), """{"output": null}""" },
        { ToJson("[]"), "[]" },
        { JsonNode.Parse("""{"n":{"m":[1.0]}}"""), """{"n": {"m": [1.0]}}""" },
        { new Dictionary<string, object?> { ["x"] = 1.0, ["y"] = new List<int> { 1, 2 } }, """{"x": 1.0, "y": [1, 2]}""" },
        { new List<string> { "a", "b" }, """["a", "b"]""" },
        { new { City = "Brest", Days = 2 }, """{"city": "Brest", "days": 2}""" },
        { new DateOnly(2031, 3, 4), """{"output": "2031-03-04"}""" },
        { new TextContent("as content"), """{"output": "as content"}""" },
        { new AIContent[] { new TextContent("{\"a\""), new TextContent(": 1}") }, """{"a": 1}""" },
        { "Error: Function failed.", """{"output": "Error: Function failed."}""" },
    };

    [Theory]
    [MemberData(nameof(ResultForms), DisableDiscoveryEnumeration = true)]
    public void Render_Result_IsItsJsonOrAnOutput(object? result, string expected) =>
        Assert.Equal(
            $"<|eot_id|><|start_header_id|>ipython<|end_header_id|>\n\n{expected}<|eot_id|>",
            Turns([Results(Result("x", result))], template: new() { AddGenerationPrompt = false }));

    [Fact]
    public void Render_ExceptionOfAResult_IsNotWritten() =>
        Assert.Equal(
            Turns([Results(Result("x", "Error: no fuel"))]),
            Turns([Results(new FunctionResultContent("x", "Error: no fuel") { Exception = new InvalidOperationException("secret") })]));

    public static TheoryData<IDictionary<string, object?>?, string> ArgumentForms => new()
    {
        { null, "{}" },
        { new Dictionary<string, object?>(), "{}" },
        { new Dictionary<string, object?> { ["z"] = "é\"", ["a"] = null, ["n"] = 1e-7 }, """{"z": "é\"", "a": null, "n": 1e-07}""" },
        { new AIFunctionArguments { ["o"] = ToJson("""{"k":[1,2.0]}""") }, """{"o": {"k": [1, 2.0]}}""" },
    };

    [Theory]
    [MemberData(nameof(ArgumentForms), DisableDiscoveryEnumeration = true)]
    public void Render_Arguments_AreAJsonObject(IDictionary<string, object?>? arguments, string expected) =>
        Assert.Equal(
            $$"""{"name": "f", "parameters": {{expected}}}<|eot_id|>""",
            Turns([Assistant(new FunctionCallContent("1", "f", arguments))], template: new() { AddGenerationPrompt = false })
                .Split("<|end_header_id|>\n\n")[^1]);

    [Fact]
    public void Render_UnparsedArguments_AreParsed() =>
        Assert.Equal(
            Turns([Assistant(Call("1", "wind", """{"port":"Brest \ud83e\udd99"}"""))]),
            Turns([Assistant(new FunctionCallContent("1", "wind") { RawRepresentation = """{ "port" : "Brest \ud83e\udd99" }""" })]));

    [Theory]
    [InlineData("port = Brest")]
    [InlineData("[1]")]
    [InlineData("{\"port\":")]
    public void Render_UnparsedArgumentsThatAreNoObject_AreRefusedByCall(string arguments)
    {
        var call = new FunctionCallContent("id-7", "wind") { RawRepresentation = arguments };

        var error = Assert.Throws<ArgumentException>(() => Turns([Assistant(call)]));

        Assert.Contains("'wind'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'id-7'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_CallWhoseParsingFailed_HasNoArguments() =>
        Assert.Equal(
            Turns([Assistant(Call("1", "wind"))]),
            Turns([Assistant(new FunctionCallContent("1", "wind") { RawRepresentation = "{broken", Exception = new FormatException() })]));
}
