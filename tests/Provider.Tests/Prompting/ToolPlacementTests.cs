using LlamaFp4.Provider.Prompting;
using Microsoft.Extensions.AI;
using static LlamaFp4.Provider.Tests.Prompting.Prompts;

namespace LlamaFp4.Provider.Tests.Prompting;

public class ToolPlacementTests
{
    private const string UserToolText =
        "Given the following functions, please respond with a JSON for a function call with its proper arguments that best answers the given prompt.\n\n" +
        "Respond in the format {\"name\": function name, \"parameters\": dictionary of argument name and its value}.Do not use variables.\n\n";

    private const string BellTool =
        "{\n    \"type\": \"function\",\n    \"function\": {\n        \"name\": \"ring\",\n        \"description\": \"\",\n        \"parameters\": {}\n    }\n}\n\n";

    [Fact]
    public void Render_OneTool_StandsInTheUserMessage()
    {
        var tool = Tool(
            "moon_phase",
            "Phase of the moon – \"waxing\", ½ …",
            """{"type":"object","properties":{"day":{"type":"string","format":"date"},"deep":{}},"required":["day"],"additionalProperties":false}""");

        string prompt = Render([User(" How full is the moon? ")], With(tool));

        Assert.Equal(
            """
            <|begin_of_text|><|start_header_id|>system<|end_header_id|>

            Environment: ipython
            Cutting Knowledge Date: December 2023
            Today Date: 26 Jul 2024

            <|eot_id|><|start_header_id|>user<|end_header_id|>

            Given the following functions, please respond with a JSON for a function call with its proper arguments that best answers the given prompt.

            Respond in the format {"name": function name, "parameters": dictionary of argument name and its value}.Do not use variables.

            {
                "type": "function",
                "function": {
                    "name": "moon_phase",
                    "description": "Phase of the moon – \"waxing\", ½ …",
                    "parameters": {
                        "type": "object",
                        "properties": {
                            "day": {
                                "type": "string",
                                "format": "date"
                            },
                            "deep": {}
                        },
                        "required": [
                            "day"
                        ],
                        "additionalProperties": false
                    }
                }
            }

            How full is the moon?<|eot_id|><|start_header_id|>assistant<|end_header_id|>


            """,
            prompt);
    }

    [Fact]
    public void Render_ToolsInSystemMessage_StandBeforeTheSystemText() =>
        Assert.Equal(
            "You have access to the following functions. To call a function, please respond with JSON for a function call." +
            "Respond in the format {\"name\": function name, \"parameters\": dictionary of argument name and its value}.Do not use variables.\n\n" +
            BellTool +
            "Be loud.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nNow<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([SystemText("Be loud."), User("Now")], With(Tool("ring")), new() { ToolsInUserMessage = false }));

    [Fact]
    public void Render_SeveralUserMessages_ToolsStandInTheFirst() =>
        Assert.Equal(
            $"<|eot_id|><|start_header_id|>critic<|end_header_id|>\n\nhm<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n{UserToolText}{BellTool}one<|eot_id|>" +
            "<|start_header_id|>user<|end_header_id|>\n\ntwo<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([new(new ChatRole("critic"), "hm"), User("one"), User("two")], With(Tool("ring"))));

    [Fact]
    public void Render_AssistantBeforeFirstUser_ToolsStandAlone() =>
        Assert.Equal(
            $"Top.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n{UserToolText}{BellTool}<|eot_id|>" +
            "<|start_header_id|>assistant<|end_header_id|>\n\nWelcome.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nNow<|eot_id|>" +
            "<|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([SystemText("Top."), new(ChatRole.Assistant, "Welcome."), User("Now")], With(Tool("ring"))));

    [Fact]
    public void Render_ToolResultBeforeFirstUser_ToolsStandAlone() =>
        Assert.Equal(
            $"<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n{UserToolText}{BellTool}<|eot_id|>" +
            "<|start_header_id|>ipython<|end_header_id|>\n\n{\"output\": 3}<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nNow<|eot_id|>" +
            "<|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([Results(Result("x", 3)), User("Now")], With(Tool("ring"))));

    [Fact]
    public void Render_ToolsWithoutMessages_StandAlone() =>
        Assert.Equal(
            $"<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n{UserToolText}{BellTool}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([], With(Tool("ring"))));

    [Fact]
    public void Render_EmptyToolList_IsNoTools() => Assert.Equal(Render([User("Hi")]), Render([User("Hi")], With()));

    [Fact]
    public void Render_OnlyHostedTools_IsNoTools() => Assert.Equal(Render([User("Hi")]), Render([User("Hi")], With(new HostedWebSearchTool())));

    [Fact]
    public void Render_ToolModeNone_KeepsTheTools()
    {
        var options = With(Tool("ring"));
        string withAuto = Render([User("Hi")], options);

        options.ToolMode = ChatToolMode.None;

        Assert.Equal(withAuto, Render([User("Hi")], options));
    }

    [Fact]
    public void Render_ToolNameWithQuote_IsEscapedInDescriptionAndCall()
    {
        string prompt = Turns([User("Go"), Assistant(Call("1", "say \"a\\b\""))], With(Tool("say \"a\\b\"")));

        Assert.Contains("""        "name": "say \"a\\b\"",""", prompt, StringComparison.Ordinal);
        Assert.Contains("""{"name": "say \"a\\b\"", "parameters": {}}<|eot_id|>""", prompt, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public void Render_ToolWithoutName_IsRefused(string name) =>
        Assert.Contains("no name", Assert.Throws<ArgumentException>(() => Render([], With(Tool(name)))).Message, StringComparison.Ordinal);

    [Fact]
    public void Render_TwoToolsOfOneName_AreRefusedByName() =>
        Assert.Contains("'ring'", Assert.Throws<ArgumentException>(() => Render([], With(Tool("ring"), Tool("Ring"), Tool("ring")))).Message, StringComparison.Ordinal);

    [Fact]
    public void Render_BuiltInTools_AreListedWithoutTheInterpreter() =>
        Assert.Equal(
            "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nEnvironment: ipython\nTools: wolfram_alpha, brave_search\n\n" +
            "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            Render([], template: new() { BuiltInTools = ["wolfram_alpha", "code_interpreter", "brave_search"] }));

    [Fact]
    public void Render_NoBuiltInTools_IsAsIfUnset() => Assert.Equal(Render([User("Hi")]), Render([User("Hi")], template: new() { BuiltInTools = [] }));

    [Fact]
    public void Render_BuiltInCall_EscapesQuotesAndEndsTheMessage() =>
        Assert.EndsWith(
            """
            <|start_header_id|>assistant<|end_header_id|>

            <|python_tag|>wolfram_alpha.call(query="solve \"x\\2\"", limit="5", deep="{"a": true}")<|eom_id|><|start_header_id|>ipython<|end_header_id|>

            {"output": "x = 4"}<|eot_id|>
            """.Replace("{\"a\"", "{\\\"a\\\"", StringComparison.Ordinal),
            Render(
                [User("Solve"), Assistant(Call("1", "wolfram_alpha", """{"query": "solve \"x\\2\"", "limit": 5, "deep": {"a": true}}""")), Results(Result("1", "x = 4"))],
                template: new() { BuiltInTools = ["wolfram_alpha"], AddGenerationPrompt = false }),
            StringComparison.Ordinal);

    [Fact]
    public void Render_CustomCallBesideBuiltIns_EndsTheMessageToo() =>
        Assert.EndsWith(
            "one moment<|python_tag|>{\"name\": \"ring\", \"parameters\": {}}<|eom_id|>",
            Render(
                [Assistant(new TextContent("one moment"), Call("1", "ring"))],
                template: new() { BuiltInTools = ["brave_search"], AddGenerationPrompt = false }),
            StringComparison.Ordinal);

    [Fact]
    public void Constructor_BlankBuiltInTool_Throws() =>
        Assert.Throws<ArgumentException>("options", () => new PromptTemplate(TestTokenizer.Instance, new() { BuiltInTools = [" "] }));
}
