using AgentDemo.Conversations;
using AgentDemo.Scenarios;
using AgentDemo.Scenarios.House;
using AgentDemo.Scenarios.Operations;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.AgentDemo.Tests;

public class ConversationTests
{
    private const string Restart = """{"name": "Servers_RestartServer", "parameters": {"server": "mail-2"}}""";
    private const string Status = """{"name": "Servers_GetServerStatus", "parameters": {"server": "mail-2"}}""";

    private readonly Audience _audience = new();

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task History_holds_question_call_result_and_answer()
    {
        var session = Saying("""{"name": "Clock_GetTime", "parameters": {}}""", "It is late.", "Good night.");
        var conversation = Start(HouseScenario.Scenario, session);

        await conversation.AskAsync("What time is it?", CancellationToken);
        await conversation.AskAsync("Thank you!", CancellationToken);

        var prompt = session.PromptText(2);
        Assert.Contains("What time is it?", prompt, StringComparison.Ordinal);
        Assert.Contains("Clock_GetTime", prompt, StringComparison.Ordinal);
        Assert.Contains("It is late.", prompt, StringComparison.Ordinal);
        Assert.Contains("Thank you!", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_audience_sees_call_result_words_and_figures()
    {
        var conversation = Start(OperationsScenario.Scenario, Saying(Status, "It is down."));

        var isAnswered = await conversation.AskAsync("How is mail-2?", CancellationToken);

        Assert.True(isAnswered);
        var call = ToolCall.Of("Servers.GetServerStatus", ("server", "mail-2"));
        Assert.True(Assert.IsType<Called>(_audience.Seen[0]).Call.IsSameAs(call));
        Assert.Equal("not responding", Assert.IsType<Returned>(_audience.Seen[1]).Result);
        Assert.Equal("It is down.", string.Concat(_audience.Seen.OfType<Words>().Select(words => words.Text)));
        Assert.Equal("It is down.", Assert.IsType<Answered>(_audience.Seen[^1]).Text);
    }

    [Fact]
    public async Task Stopped_answer_leaves_no_half_turn_behind()
    {
        var session = Saying("It is late.", "Good night.");
        var conversation = Start(HouseScenario.Scenario, session);
        using var stop = new CancellationTokenSource();
        _audience.OnWords = stop.Cancel;

        var isAnswered = await conversation.AskAsync("What time is it?", stop.Token);
        _audience.OnWords = () => { };
        await conversation.AskAsync("Thank you!", CancellationToken);

        Assert.False(isAnswered);
        Assert.Contains(_audience.Seen, happening => happening is Stopped);
        Assert.DoesNotContain("What time is it?", session.PromptText(^1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Full_context_forgets_older_turns_but_not_the_instructions()
    {
        var session = new ScriptedTokenSession(
            TinyTokenizer.Create(),
            ScriptedAnswer.Of(TinyTokenizer.Create(), "Late."),
            ScriptedAnswer.Of(TinyTokenizer.Create(), "Bye."),
            ScriptedAnswer.Of(TinyTokenizer.Create(), "?", beforeChunk: (_, _) => throw new ContextLengthExceededException("The context is full.")),
            ScriptedAnswer.Of(TinyTokenizer.Create(), "Yes."));
        var conversation = Start(HouseScenario.Scenario, session);
        await conversation.AskAsync("What time is it?", CancellationToken);
        await conversation.AskAsync("Thank you!", CancellationToken);

        var isAnswered = await conversation.AskAsync("Are you there?", CancellationToken);
        await conversation.AskAsync("And now?", CancellationToken);

        Assert.False(isAnswered);
        Assert.Equal("The context is full. I forgot the older half of our conversation; please ask again.", _audience.Seen.OfType<Failed>().Single().Message);
        var prompt = session.PromptText(^1);
        Assert.Contains("You are the voice of a house.", prompt, StringComparison.Ordinal);
        Assert.DoesNotContain("What time is it?", prompt, StringComparison.Ordinal);
        Assert.Contains("Thank you!", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task First_question_that_does_not_fit_finds_nothing_to_forget_and_says_so()
    {
        var tokenizer = TinyTokenizer.Create();
        var session = new ScriptedTokenSession(
            tokenizer,
            ScriptedAnswer.Of(tokenizer, "?", beforeChunk: (_, _) => throw new ContextLengthExceededException("The context is full.")),
            ScriptedAnswer.Of(tokenizer, "Late."));
        var conversation = Start(HouseScenario.Scenario, session);

        var isAnswered = await conversation.AskAsync("What time is it in every town?", CancellationToken);
        await conversation.AskAsync("What time is it?", CancellationToken);

        Assert.False(isAnswered);
        Assert.Equal(
            "The context is full. There is nothing older that I could forget; please ask for less at once.",
            _audience.Seen.OfType<Failed>().Single().Message);
        var prompt = session.PromptText(^1);
        Assert.Contains("You are the voice of a house.", prompt, StringComparison.Ordinal);
        Assert.DoesNotContain("in every town", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failure_of_the_engine_is_told_and_the_question_taken_back()
    {
        var tokenizer = TinyTokenizer.Create();
        var session = new ScriptedTokenSession(
            tokenizer,
            ScriptedAnswer.Of(tokenizer, "?", beforeChunk: (_, _) => throw new GenerationFailedException("The server died.")),
            ScriptedAnswer.Of(tokenizer, "Yes."));
        var conversation = Start(HouseScenario.Scenario, session);

        var isAnswered = await conversation.AskAsync("What time is it?", CancellationToken);
        await conversation.AskAsync("Are you back?", CancellationToken);

        Assert.False(isAnswered);
        Assert.Equal("The server died.", _audience.Seen.OfType<Failed>().Single().Message);
        Assert.DoesNotContain("What time is it?", session.PromptText(^1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dangerous_tool_that_is_not_allowed_does_not_run_and_the_model_is_told()
    {
        _audience.Allows = false;
        var session = Saying(Restart, "I may not.", Status, "Still down.");
        var conversation = Start(OperationsScenario.Scenario, session);

        await conversation.AskAsync("Restart mail-2.", CancellationToken);
        await conversation.AskAsync("How is mail-2?", CancellationToken);

        Assert.Equal("Servers.RestartServer(server: mail-2)", Assert.Single(_audience.WasAsked).ToString());
        Assert.Contains("The user did not allow it.", session.PromptText(1), StringComparison.Ordinal);
        Assert.Equal("not responding", _audience.Seen.OfType<Returned>().Single().Result);
    }

    [Fact]
    public async Task Dangerous_tool_that_is_allowed_runs()
    {
        _audience.Allows = true;
        var conversation = Start(OperationsScenario.Scenario, Saying(Restart, "Done."));

        await conversation.AskAsync("Restart mail-2.", CancellationToken);

        Assert.Single(_audience.WasAsked);
        Assert.Equal("mail-2 was restarted.", _audience.Seen.OfType<Returned>().Single().Result);
    }

    [Fact]
    public async Task Harmless_tool_is_not_asked_for()
    {
        var conversation = Start(OperationsScenario.Scenario, Saying(Status, "Down."));

        await conversation.AskAsync("How is mail-2?", CancellationToken);

        Assert.Empty(_audience.WasAsked);
    }

    private Conversation Start(Scenario scenario, ITokenSession session) => Agents.Provide(scenario, session).StartConversation(_audience);

    private static ScriptedTokenSession Saying(params string[] answers) => ScriptedTokenSession.Saying(TinyTokenizer.Create(), answers);
}
