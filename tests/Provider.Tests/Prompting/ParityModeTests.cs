using LlamaFp4.Native.Sessions;
using LlamaFp4.Provider.Prompting;
using Microsoft.Extensions.AI;
using static LlamaFp4.Provider.Tests.Prompting.Prompts;

namespace LlamaFp4.Provider.Tests.Prompting;

/// <summary>The checkpoint's template as it is; each expectation follows from a rule of that template.</summary>
public class ParityModeTests
{
    [Fact]
    public void Render_CallAndTextResult_QuotesTheResult() =>
        Assert.Equal(
            """
            Keep watch.<|eot_id|><|start_header_id|>user<|end_header_id|>

            Wind?<|eot_id|><|start_header_id|>assistant<|end_header_id|>

            {"name": "wind", "parameters": {"port": "Brest"}}<|eot_id|><|start_header_id|>ipython<|end_header_id|>

            "NW 5"<|eot_id|><|start_header_id|>assistant<|end_header_id|>


            """,
            Turns([SystemText("Keep watch."), User("Wind?"), Assistant(new TextContent("dropped"), Call("1", "wind", """{"port":"Brest"}""")), Results(Result("1", "NW 5"))], template: Parity));

    public static TheoryData<object?, string> ResultForms => new()
    {
        { " 22\n", "\" 22\\n\"" },
        { """{"t": 1}""", "\"{\\\"t\\\": 1}\"" },
        { ToJson("""{"t":1}"""), """{"t": 1}""" },
        { 22.5, "22.5" },
        { null, "None" },
        { true, "True" },
        { false, "False" },
    };

    [Theory]
    [MemberData(nameof(ResultForms), DisableDiscoveryEnumeration = true)]
    public void Render_Result_IsWrittenAsTheTemplateDoes(object? result, string expected) =>
        Assert.EndsWith($"<|start_header_id|>ipython<|end_header_id|>\n\n{expected}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n", Turns([User("a"), Results(Result("1", result))], template: Parity), StringComparison.Ordinal);

    [Fact]
    public void Render_MessageWithoutContent_SaysNone() =>
        Assert.Equal(
            "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nNone<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([new(ChatRole.User, [])], template: Parity));

    [Fact]
    public void Render_EmptyToolList_CountsAsTools() =>
        Assert.Equal(
            "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nEnvironment: ipython\nCutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n<|eot_id|>" +
            "<|start_header_id|>user<|end_header_id|>\n\nGiven the following functions, please respond with a JSON for a function call with its proper arguments that best " +
            "answers the given prompt.\n\nRespond in the format {\"name\": function name, \"parameters\": dictionary of argument name and its value}.Do not use variables.\n\n" +
            "Hi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            Render([User("Hi")], With(), Parity));

    [Fact]
    public void Render_Tools_ConsumeTheFirstMessageWhateverItsRole() =>
        Assert.EndsWith("}\n\nsecond system<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n", Turns([SystemText("first"), SystemText("second system"), User("Hi")], With(Tool("ring")), Parity), StringComparison.Ordinal);

    [Fact]
    public void Render_Instructions_AreTheFirstSystemMessage() =>
        Assert.Equal(
            "Quiet.<|eot_id|><|start_header_id|>system<|end_header_id|>\n\nsecond<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([SystemText("second")], new ChatOptions { Instructions = " Quiet." }, Parity));

    [Fact]
    public void Render_Developer_KeepsItsName() =>
        Assert.Contains("<|start_header_id|>developer<|end_header_id|>\n\nx<|eot_id|>", Turns([new(new ChatRole("developer"), "x")], template: Parity), StringComparison.Ordinal);

    [Fact]
    public void Render_NamesAndBuiltInArguments_AreNotEscaped()
    {
        var template = new PromptTemplateOptions { Mode = PromptTemplateMode.Parity, BuiltInTools = ["brave_search"] };

        string custom = Turns([User("a"), Assistant(Call("1", "a\"b"))], template: Parity);
        string builtIn = Render([User("a"), Assistant(Call("1", "brave_search", """{"query":"a \"b\"","k":"v"}"""))], template: template);

        Assert.Contains("{\"name\": \"a\"b\", \"parameters\": {}}<|eot_id|>", custom, StringComparison.Ordinal);
        Assert.Contains("<|python_tag|>brave_search.call(query=\"a \"b\"\", k=\"v\")<|eom_id|>", builtIn, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_EmptyListOfBuiltIns_CountsAsSwitchedOn() =>
        Assert.StartsWith(
            "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nEnvironment: ipython\nTools: \n\nCutting",
            Render([User("a")], template: new() { Mode = PromptTemplateMode.Parity, BuiltInTools = [] }),
            StringComparison.Ordinal);

    [Fact]
    public void Render_NoMessages_IsRefused() =>
        Assert.Contains("at least one message", Assert.Throws<ArgumentException>(() => Render([], template: Parity)).Message, StringComparison.Ordinal);

    [Fact]
    public void Render_TwoCallsInOneMessage_AreRefusedInTheTemplatesWords() =>
        Assert.Equal(
            "This model only supports single tool-calls at once!",
            Assert.Throws<ArgumentException>(() => Render([User("a"), Assistant(Call("1", "x"), Call("2", "y"))], template: Parity)).Message);

    [Fact]
    public void Render_ToolsWithoutMessageForThem_AreRefusedInTheTemplatesWords() =>
        Assert.Equal(
            "Cannot put tools in the first user message when there's no first user message!",
            Assert.Throws<ArgumentException>(() => Render([SystemText("a")], With(Tool("ring")), Parity)).Message);

    [Fact]
    public void Render_BuiltInArgumentThatIsNotText_IsRefused() =>
        Assert.Contains(
            "'n'",
            Assert.Throws<ArgumentException>(() => Render([User("a"), Assistant(Call("1", "f", """{"n":1}"""))], template: new() { Mode = PromptTemplateMode.Parity, BuiltInTools = ["f"] })).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Render_ListOfTexts_IsRefused() =>
        Assert.Throws<FeatureNotSupportedException>(() => Render([new(ChatRole.User, [new TextContent("a"), new TextContent("b")])], template: Parity));
}
