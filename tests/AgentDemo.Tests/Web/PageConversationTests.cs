using AgentDemo.Conversations;
using AgentDemo.Scenarios;
using AgentDemo.Scenarios.Operations;
using AgentDemo.Web;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.AgentDemo.Tests.Web;

public class PageConversationTests
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_that_stops_while_it_is_asked_can_go_on()
    {
        var session = ScriptedTokenSession.Saying(TinyTokenizer.Create(), """{"name": "Servers_RestartServer", "parameters": {"server": "mail-2"}}""", "Yes.");
        await using var services = Agents.Provide(OperationsScenario.Scenario, session);
        var conversation = new PageConversation(audience => services.StartConversation(audience));
        using var stop = new CancellationTokenSource();
        await using var restart = conversation.TryAsk("Restart mail-2.", stop.Token)!.GetAsyncEnumerator(CancellationToken);
        await restart.MoveNextAsync();
        var approval = Assert.IsType<ApprovalWanted>(restart.Current);

        await stop.CancelAsync();
        var events = await conversation.TryAsk("Are you there?", CancellationToken)!.ToListAsync(CancellationToken);

        Assert.Equal("Yes.", Assert.IsType<Answered>(events[^1]).Text);
        Assert.False(conversation.Decide(approval.Number, isAllowed: true));
    }
}
