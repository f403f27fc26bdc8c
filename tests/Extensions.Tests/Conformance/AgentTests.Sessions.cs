using System.Text.Json;
using LlamaFp4.Tests.Shared;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Extensions.Tests.Conformance;

/// <content>Conversations that are put away and taken up again.</content>
public abstract partial class AgentTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Session_taken_up_from_json_gives_the_prompt_of_one_never_put_away(bool isStreamed)
    {
        var specials = AIFunctionFactory.Create(() => "Clam Chowder", "GetSpecials", "Gets the specials");
        var agent = CreateAgent(Saying("""{"name": "GetSpecials", "parameters": {}}""", "It is Clam Chowder."), specials);
        var kept = await agent.CreateSessionAsync(CancellationToken);
        await RunAsync(agent, [new(ChatRole.User, "What is special?")], kept, isStreamed);

        var json = (await agent.SerializeSessionAsync(kept, cancellationToken: CancellationToken)).GetRawText();
        var resumed = await agent.DeserializeSessionAsync(JsonElement.Parse(json), cancellationToken: CancellationToken);

        // Engines that have seen nothing of the conversation before: the prompt has no other source than the session.
        var ofKept = await ContinueAsync(kept);
        var ofResumed = await ContinueAsync(resumed);
        Assert.Equal(ofKept, ofResumed);
        Assert.Contains("It is Clam Chowder.", ofResumed, StringComparison.Ordinal);

        async Task<string> ContinueAsync(AgentSession session)
        {
            var engine = Saying("Enjoy!");
            var answer = await RunAsync(CreateAgent(engine, specials), [new(ChatRole.User, "Thank you")], session, isStreamed);
            Assert.Equal("Enjoy!", answer.Text);
            return engine.PromptText(0);
        }
    }

    [Fact]
    public async Task Sessions_of_one_agent_do_not_know_each_other()
    {
        var session = Saying("Welcome!", "Welcome!", "You are Ada.");
        var agent = CreateAgent(session);
        var ada = await agent.CreateSessionAsync(CancellationToken);
        var bob = await agent.CreateSessionAsync(CancellationToken);

        await agent.RunAsync("I am Ada.", ada, cancellationToken: CancellationToken);
        await agent.RunAsync("I am Bob.", bob, cancellationToken: CancellationToken);
        await agent.RunAsync("Who am I?", ada, cancellationToken: CancellationToken);

        Assert.Contains("I am Ada.", session.PromptText(2), StringComparison.Ordinal);
        Assert.DoesNotContain("I am Bob.", session.PromptText(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_that_fails_leaves_the_session_usable()
    {
        var tokenizer = TinyTokenizer.Create();
        ScriptedTokenSession session = new(
            tokenizer,
            ScriptedAnswer.Of(tokenizer, "Wel", beforeChunk: (_, _) => throw new Native.Sessions.GenerationFailedException("The engine stopped.")),
            ScriptedAnswer.Of(tokenizer, "Welcome!"));
        var agent = CreateAgent(session);
        var conversation = await agent.CreateSessionAsync(CancellationToken);

        await Assert.ThrowsAsync<Native.Sessions.GenerationFailedException>(() => agent.RunAsync("Hello", conversation, cancellationToken: CancellationToken));
        var answer = await agent.RunAsync("Hello?", conversation, cancellationToken: CancellationToken);

        Assert.Equal("Welcome!", answer.Text);
    }
}
