using System.Globalization;
using LlamaFp4.Provider.Prompting;
using Microsoft.Extensions.AI;
using static LlamaFp4.Provider.Tests.Prompting.Prompts;

namespace LlamaFp4.Provider.Tests.Prompting;

public class PromptFrameTests
{
    [Fact]
    public void Render_SystemAndUser_WritesFrameWithoutLineBreaksBetweenTurns()
    {
        string prompt = Render([SystemText("Speak like a lighthouse keeper."), User("Is there fog tonight?")]);

        Assert.Equal(
            """
            <|begin_of_text|><|start_header_id|>system<|end_header_id|>

            Cutting Knowledge Date: December 2023
            Today Date: 26 Jul 2024

            Speak like a lighthouse keeper.<|eot_id|><|start_header_id|>user<|end_header_id|>

            Is there fog tonight?<|eot_id|><|start_header_id|>assistant<|end_header_id|>


            """,
            prompt);
    }

    [Fact]
    public void Render_NoSystemText_StillWritesSystemTurn() =>
        Assert.Equal(
            "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nAhoy<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([User("Ahoy")]));

    [Fact]
    public void Render_NoMessages_OpensAssistantTurn() =>
        Assert.Equal("<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n", Turns([]));

    [Fact]
    public void Render_InstructionsOnly_OpensAssistantTurn() =>
        Assert.Equal(
            "Report the tide.<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([], new ChatOptions { Instructions = "Report the tide." }));

    [Fact]
    public void Render_EndsWithAssistant_OpensAnotherAssistantTurn() =>
        Assert.Equal(
            "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nPing<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n" +
            "Pong<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([User("Ping"), new(ChatRole.Assistant, "Pong")]));

    [Fact]
    public void Render_WithoutGenerationPrompt_EndsWithLastTurn() =>
        Assert.Equal(
            "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nPing<|eot_id|>",
            Turns([User("Ping")], template: new PromptTemplateOptions { AddGenerationPrompt = false }));

    [Fact]
    public void Render_InstructionsAndSystemMessages_StandTogetherInOrder() =>
        Assert.Equal(
            "First.\n\nSecond.\n\nThird.<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns(
                [SystemText(" Second.\n"), SystemText("  "), new(ChatRole.System, []), new(new ChatRole("developer"), "Third.")],
                new ChatOptions { Instructions = "First." }));

    [Fact]
    public void Render_SystemMessageInMidHistory_StaysWhereItIs() =>
        Assert.Equal(
            "Top.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\none<|eot_id|><|start_header_id|>system<|end_header_id|>\n\nshift<|eot_id|>" +
            "<|start_header_id|>system<|end_header_id|>\n\nagain<|eot_id|><|start_header_id|>user<|end_header_id|>\n\ntwo<|eot_id|>" +
            "<|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([SystemText("Top."), User("one"), SystemText("shift"), new(new ChatRole("Developer"), "again"), User("two")]));

    [Fact]
    public void Render_RolesDoNotAlternate_WritesThemAsTheyCome() =>
        Assert.Equal(
            "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\na1<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\na2<|eot_id|>" +
            "<|start_header_id|>user<|end_header_id|>\n\nu1<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nu2<|eot_id|>" +
            "<|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([new(ChatRole.Assistant, "a1"), new(ChatRole.Assistant, "a2"), User("u1"), new(new ChatRole("USER"), "u2")]));

    [Fact]
    public void Render_UnknownRole_IsWrittenAsItsTrimmedText() =>
        Assert.Equal(
            "<|eot_id|><|start_header_id|>harbour master<|end_header_id|>\n\nClear.<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([new(new ChatRole(" harbour master\n"), "Clear.")]));

    [Fact]
    public void Render_AuthorName_IsNotWritten() =>
        Assert.Equal(Turns([User("Hello")]), Turns([new(ChatRole.User, "Hello") { AuthorName = "Ada" }]));

    [Fact]
    public void Render_TextWithSpaceAround_IsTrimmedAsPythonDoes() =>
        Assert.Equal(
            "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n\u200Bsea  sand\u200B<|eot_id|>",
            Turns([User("\u001C\u001F\u0085\u00A0\u3000\r\n\u200Bsea  sand\u200B \t\u2029\u001D\u001E")], template: new() { AddGenerationPrompt = false }));

    [Fact]
    public void Render_DateText_IsWrittenAsGiven() =>
        Assert.Contains("\nToday Date: 3 March 2031\n\n", Render([], template: new() { DateText = "3 March 2031" }), StringComparison.Ordinal);

    [Fact]
    public void Render_Clock_WritesItsLocalDateInEnglish()
    {
        var clock = new FixedClock(new DateTimeOffset(2027, 5, 1, 23, 30, 0, TimeSpan.Zero), TimeSpan.FromHours(2));
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("ar-SA");

        string prompt = Render([], template: new() { Clock = clock, DateText = "not this" });

        CultureInfo.CurrentCulture = culture;
        Assert.Contains("\nToday Date: 02 May 2027\n\n", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_JsonWithSchema_TellsTheSchemaAfterTheSystemText() =>
        Assert.Equal(
            """
            Be exact.

            Give your final answer as JSON that matches this JSON Schema, with nothing before or after it:

            {
                "type": "object",
                "properties": {
                    "depth": {
                        "type": "number",
                        "minimum": 0.50
                    }
                },
                "required": []
            }<|eot_id|>
            """,
            Turns(
                [SystemText("Be exact.")],
                new ChatOptions
                {
                    ResponseFormat = ChatResponseFormat.ForJsonSchema(
                        ToJson("""{"type":"object","properties":{"depth":{"type":"number","minimum":0.50}},"required":[]}"""), "Sounding"),
                },
                new() { AddGenerationPrompt = false }));

    [Fact]
    public void Render_JsonWithoutSchema_TellsTheFormat() =>
        Assert.Equal(
            "Give your final answer as JSON, with nothing before or after it.<|eot_id|>",
            Turns([], new ChatOptions { ResponseFormat = ChatResponseFormat.Json }, new() { AddGenerationPrompt = false }));

    [Fact]
    public void Render_TextFormat_ChangesNothing() =>
        Assert.Equal(Turns([User("Hi")]), Turns([User("Hi")], new ChatOptions { ResponseFormat = ChatResponseFormat.Text }));

    [Fact]
    public void Render_Messages_AreEnumeratedOnceAndLeftAsTheyAre()
    {
        int enumerations = 0;
        var message = User("Hi");
        IEnumerable<ChatMessage> Messages()
        {
            enumerations++;
            yield return message;
        }

        Render(Messages(), new ChatOptions { Instructions = "Short." });

        Assert.Equal(1, enumerations);
        Assert.Equal("Hi", Assert.IsType<TextContent>(Assert.Single(message.Contents)).Text);
    }

    [Fact]
    public void Render_NullMessages_Throws() => Assert.Throws<ArgumentNullException>("messages", () => Render(null!));

    [Fact]
    public void Render_NullMessage_Throws() => Assert.Throws<ArgumentException>("messages", () => Render([null!]));

    private sealed class FixedClock(DateTimeOffset now, TimeSpan offset) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone { get; } = TimeZoneInfo.CreateCustomTimeZone("test", offset, "test", "test");

        public override DateTimeOffset GetUtcNow() => now;
    }
}
