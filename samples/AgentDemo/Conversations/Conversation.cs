using System.Text;
using System.Text.Json;
using AgentDemo.Scenarios;
using LlamaFp4.Extensions.SemanticKernel;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentDemo.Conversations;

/// <summary>An agent is a kernel with tools, instructions and a history; an audience sees it answer, one question at a time.</summary>
internal sealed class Conversation
{
    private readonly Kernel _kernel;
    private readonly Scenario _scenario;
    private readonly IAudience _audience;
    private readonly ToolGate _gate;
    private readonly IChatCompletionService _chat;
    private readonly LlamaFp4PromptExecutionSettings _settings;

    /// <param name="kernel">The conversation's own: it puts a filter into it.</param>
    /// <param name="scenario">Instructions and form.</param>
    /// <param name="audience">Sees what happens.</param>
    /// <param name="history">An earlier conversation to go on with; <see langword="null"/> to begin one.</param>
    public Conversation(Kernel kernel, Scenario scenario, IAudience audience, ChatHistory? history = null)
    {
        _kernel = kernel;
        _scenario = scenario;
        _audience = audience;
        _chat = kernel.GetRequiredService<IChatCompletionService>();
        _settings = new LlamaFp4PromptExecutionSettings
        {
            FunctionChoiceBehavior = FunctionChoiceBehavior.Auto(),
            ResponseFormat = scenario.Form is { } form ? ChatResponseFormat.ForJsonSchema(form) : null,
        };
        History = history ?? new ChatHistory(scenario.Instructions);
        _gate = new ToolGate(audience);
        kernel.AutoFunctionInvocationFilters.Add(_gate);
    }

    public ChatHistory History { get; }

    /// <summary>Answers a question. Tools run in between; their calls and results join the history.</summary>
    /// <returns>Whether it was answered. An answer that was stopped or failed leaves no half turn behind.</returns>
    public async Task<bool> AskAsync(string question, CancellationToken cancellationToken)
    {
        var lengthBefore = History.Count;
        _gate.Stop = cancellationToken;
        try
        {
            History.AddUserMessage(question);
            await AnswerAsync(cancellationToken);
            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Forget(lengthBefore, History.Count);
            _audience.See(new Stopped());
        }
        catch (ContextLengthExceededException failure)
        {
            Forget(lengthBefore, History.Count);
            _audience.See(new Failed($"{failure.Message} {(ForgetOlderTurns()
                ? "I forgot the older half of our conversation; please ask again."
                : "There is nothing older that I could forget; please ask for less at once.")}"));
        }
        catch (LlamaFp4Exception failure)
        {
            Forget(lengthBefore, History.Count);
            _audience.See(new Failed(failure.Message));
        }

        return false;
    }

    private async Task AnswerAsync(CancellationToken cancellationToken)
    {
        var meter = new AnswerMeter(TimeProvider.System);
        var text = new StringBuilder();
        await foreach (var chunk in _chat.GetStreamingChatMessageContentsAsync(History, _settings, _kernel, cancellationToken))
        {
            meter.Observe(chunk);
            if (chunk.Content is { Length: > 0 } words)
            {
                text.Append(words);
                _audience.See(new Words(words));
            }
        }

        var answer = text.ToString();
        History.AddAssistantMessage(answer);
        if (_scenario.Form is not null && ReadForm(answer) is { } form)
        {
            _audience.See(new Filled(form));
        }

        _audience.See(new Answered(answer, meter.PromptTokens, meter.CachedPromptTokens, meter.TimeToFirstWord?.TotalMilliseconds, meter.TokensPerSecond));
    }

    // Decoding keeps to the schema, so only an answer cut by its limit is no form.
    private JsonElement? ReadForm(string answer)
    {
        try
        {
            return JsonSerializer.SerializeToElement(JsonSerializer.Deserialize(answer, _scenario.Form!, JsonSerializerOptions.Web), JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Makes room in the context: forgets the older half of the turns, but not the instructions.</summary>
    /// <returns>Whether there were any.</returns>
    private bool ForgetOlderTurns()
    {
        var questions = Enumerable.Range(0, History.Count).Where(i => History[i].Role == AuthorRole.User).ToList();
        if (questions.Count == 0)
        {
            return false;
        }

        var forgotten = (questions.Count + 1) / 2;
        Forget(questions[0], forgotten < questions.Count ? questions[forgotten] : History.Count);
        return true;
    }

    private void Forget(int begin, int end) => History.RemoveRange(begin, end - begin);
}
