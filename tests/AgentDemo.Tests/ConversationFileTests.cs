using AgentDemo.Conversations;
using AgentDemo.Scenarios;
using AgentDemo.Scenarios.House;
using AgentDemo.Scenarios.Operations;
using LlamaFp4.Tests.Shared;
using Microsoft.SemanticKernel.ChatCompletion;

namespace LlamaFp4.AgentDemo.Tests;

public sealed class ConversationFileTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("conversation-");

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private string FilePath => Path.Combine(_directory.FullName, "talk.json");

    [Fact]
    public async Task A_saved_conversation_goes_on_with_the_same_prompt()
    {
        var session = ScriptedTokenSession.Saying(TinyTokenizer.Create(), """{"name": "Clock_GetTime", "parameters": {}}""", "It is “late”.", "Bye.");
        await using var services = Agents.Provide(HouseScenario.Scenario, session);
        var file = new ConversationFile(FilePath, HouseScenario.Scenario);
        var conversation = services.StartConversation(new Audience());
        await conversation.AskAsync("What time is it?", CancellationToken);
        file.Save(conversation.History);
        await conversation.AskAsync("Thank you!", CancellationToken);

        var resumed = services.StartConversation(new Audience(), file.Load());
        await resumed.AskAsync("Thank you!", CancellationToken);

        Assert.Equal(session.PromptText(2), session.PromptText(3));
        Assert.Contains("It is “late”.", session.PromptText(3), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_file_begins_a_conversation() => Assert.Null(new ConversationFile(FilePath, HouseScenario.Scenario).Load());

    [Fact]
    public void Saving_leaves_nothing_else_behind()
    {
        var file = new ConversationFile(FilePath, HouseScenario.Scenario);

        file.Save(new ChatHistory("Be brief."));
        file.Save(new ChatHistory("Be brief."));

        Assert.Equal([FilePath], Directory.GetFiles(_directory.FullName));
        Assert.Contains("Be brief.", File.ReadAllText(FilePath), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Hello")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"format": "AgentDemo conversation, version 1", "agent": "house", "messages": [null]}""")]
    [InlineData("""{"format": "AgentDemo conversation, version 1", "agent": "house", "messages": 7}""")]
    public void Something_else_is_refused_by_name(string content)
    {
        File.WriteAllText(FilePath, content);

        var failure = Assert.Throws<InvalidDataException>(() => new ConversationFile(FilePath, HouseScenario.Scenario).Load());

        Assert.StartsWith($"'{FilePath}' is no saved conversation: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Conversation_with_another_agent_is_refused()
    {
        new ConversationFile(FilePath, OperationsScenario.Scenario).Save(new ChatHistory("Be brief."));

        var failure = Assert.Throws<InvalidDataException>(() => new ConversationFile(FilePath, HouseScenario.Scenario).Load());

        Assert.Equal($"'{FilePath}' is a conversation with 'operations': add --agent operations, or choose another file.", failure.Message);
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
