using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentDemo;

/// <summary>An agent is a kernel with tools, instructions and a history.</summary>
internal sealed class HouseAgent(Kernel kernel)
{
    private const string Instructions = "You are the voice of a house. Use the tools when they help. Be brief.";

    private readonly IChatCompletionService _chat = kernel.GetRequiredService<IChatCompletionService>();
    private readonly ChatHistory _history = new(Instructions);
    private readonly PromptExecutionSettings _settings = new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };

    /// <summary>Streams the answer to a question. Tools run in between; their calls and results join the history.</summary>
    public async IAsyncEnumerable<StreamingChatMessageContent> AskAsync(string question, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var lengthBefore = _history.Count;
        var answer = new StringBuilder();
        var isComplete = false;
        _history.AddUserMessage(question);
        try
        {
            await foreach (var chunk in _chat.GetStreamingChatMessageContentsAsync(_history, _settings, kernel, cancellationToken))
            {
                answer.Append(chunk.Content);
                yield return chunk;
            }

            _history.AddAssistantMessage(answer.ToString());
            isComplete = true;
        }
        finally
        {
            // An answer that was stopped or failed leaves no half turn behind.
            if (!isComplete)
            {
                _history.RemoveRange(lengthBefore, _history.Count - lengthBefore);
            }
        }
    }

    /// <summary>Makes room in the context: forgets the older half of the turns, but not the instructions.</summary>
    /// <returns>Whether there was anything to forget.</returns>
    public bool ForgetOlderTurns()
    {
        var questions = Enumerable.Range(0, _history.Count).Where(i => _history[i].Role == AuthorRole.User).ToList();
        if (questions.Count == 0)
        {
            return false;
        }

        var forgotten = (questions.Count + 1) / 2;
        var end = forgotten < questions.Count ? questions[forgotten] : _history.Count;
        _history.RemoveRange(questions[0], end - questions[0]);
        return true;
    }
}
