using LlamaFp4.Extensions.SemanticKernel;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using FunctionCallContent = Microsoft.SemanticKernel.FunctionCallContent;
using FunctionResultContent = Microsoft.SemanticKernel.FunctionResultContent;

namespace LlamaFp4.Extensions.Tests.SemanticKernel;

/// <summary>Semantic Kernel's history reducers over our service: what is left is a prompt like any other.</summary>
public class HistoryReducerTests
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Truncated_history_keeps_the_system_message_and_gets_an_answer(bool isStreamed)
    {
        var session = Saying("Soup again.");
        var history = Dialogue();

        var isReduced = await history.ReduceInPlaceAsync(new ChatHistoryTruncationReducer(targetCount: 2), CancellationToken);

        Assert.True(isReduced);
        Assert.Equal("Soup again.", await AskAsync(session, history, isStreamed));
        Assert.Contains("You are a waiter.", session.PromptText(0), StringComparison.Ordinal);
        Assert.Contains("And tomorrow?", session.PromptText(0), StringComparison.Ordinal);
        Assert.DoesNotContain("Hello", session.PromptText(0), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Summarised_history_is_summarised_by_the_service_and_gets_an_answer(bool isStreamed)
    {
        var session = Saying("The guest asked for the soup.", "Soup again.");
        var history = Dialogue();
        ChatHistorySummarizationReducer reducer = new(Service(session), targetCount: 2);

        var isReduced = await history.ReduceInPlaceAsync(reducer, CancellationToken);

        Assert.True(isReduced);
        Assert.Contains("Is there soup?", session.PromptText(0), StringComparison.Ordinal);
        Assert.Equal("Soup again.", await AskAsync(session, history, isStreamed));
        Assert.Contains("The guest asked for the soup.", session.PromptText(1), StringComparison.Ordinal);
        Assert.DoesNotContain("Is there soup?", session.PromptText(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reduced_history_never_begins_with_a_result_without_its_call()
    {
        var session = Saying("Soup again.");
        ChatHistory history = new("You are a waiter.");
        history.AddUserMessage("What is special?");
        FunctionCallContent call = new("GetSpecials", "Menu", "call_1");
        history.Add(new ChatMessageContent(AuthorRole.Assistant, [call]));
        history.Add(new FunctionResultContent(call, "Soup").ToChatMessage());
        history.AddAssistantMessage("Soup is special.");
        history.AddUserMessage("And tomorrow?");

        await history.ReduceInPlaceAsync(new ChatHistoryTruncationReducer(targetCount: 3), CancellationToken);

        Assert.Equal("Soup again.", await AskAsync(session, history, isStreamed: false));
        Assert.NotEqual(AuthorRole.Tool, history.First(message => message.Role != AuthorRole.System).Role);
    }

    private static ScriptedTokenSession Saying(params string[] answers) => ScriptedTokenSession.Saying(TinyTokenizer.Create(), answers);

    private static LlamaFp4ChatCompletionService Service(ITokenSession session) => new(session.AsIChatClient());

    private static ChatHistory Dialogue()
    {
        ChatHistory history = new("You are a waiter.");
        history.AddUserMessage("Hello");
        history.AddAssistantMessage("Welcome!");
        history.AddUserMessage("Is there soup?");
        history.AddAssistantMessage("There is.");
        history.AddUserMessage("And tomorrow?");
        return history;
    }

    private static async Task<string> AskAsync(ITokenSession session, ChatHistory history, bool isStreamed)
    {
        if (!isStreamed)
        {
            return (await Service(session).GetChatMessageContentAsync(history, cancellationToken: CancellationToken)).Content!;
        }

        List<string?> parts = [];
        await foreach (var part in Service(session).GetStreamingChatMessageContentsAsync(history, cancellationToken: CancellationToken))
        {
            parts.Add(part.Content);
        }

        return string.Concat(parts);
    }
}
