using AgentDemo.Conversations;

namespace AgentDemo.Terminal;

/// <summary>Question after question, until there are no more.</summary>
internal static class Talk
{
    /// <param name="conversation">Answers.</param>
    /// <param name="questions">Empty ones are skipped.</param>
    /// <param name="file">Where the conversation is kept; <see langword="null"/>: nowhere.</param>
    /// <returns>Whether all were answered.</returns>
    public static async Task<bool> RunAsync(Conversation conversation, IEnumerable<string> questions, ConversationFile? file)
    {
        using var stopKey = new StopKey();
        var areAnswered = true;
        foreach (var question in questions.Where(question => !string.IsNullOrWhiteSpace(question)))
        {
            var isAnswered = await conversation.AskAsync(question, stopKey.StartAnswer());
            stopKey.EndAnswer();
            areAnswered &= isAnswered;
            if (isAnswered)
            {
                file?.Save(conversation.History);
            }
        }

        return areAnswered;
    }
}
