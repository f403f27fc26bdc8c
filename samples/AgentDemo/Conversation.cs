using System.Text;
using LlamaFp4.Native.Sessions;

namespace AgentDemo;

/// <summary>Brings agent and screen together, one question at a time.</summary>
internal sealed class Conversation
{
    private readonly HouseAgent _agent;
    private readonly Screen _screen;
    private readonly List<ToolCall> _calls = [];

    public Conversation(HouseAgent agent, Screen screen, ToolCallFilter toolCalls)
    {
        _agent = agent;
        _screen = screen;
        toolCalls.Called += (call, result) =>
        {
            _calls.Add(call);
            _screen.Call(call, result);
        };
    }

    /// <summary>Asks, shows the answer as it comes, and returns it with the calls that led to it.</summary>
    public async Task<(string Text, IReadOnlyList<ToolCall> Calls)> AskAsync(string question, CancellationToken cancellationToken)
    {
        var meter = new AnswerMeter(TimeProvider.System);
        var text = new StringBuilder();
        _calls.Clear();

        await foreach (var chunk in _agent.AskAsync(question, cancellationToken))
        {
            meter.Observe(chunk);
            text.Append(chunk.Content);
            _screen.Words(chunk.Content);
        }

        _screen.Measurements(meter);
        return (text.ToString(), [.. _calls]);
    }

    /// <summary>Talks in the terminal until the user leaves.</summary>
    public async Task TalkAsync()
    {
        using var stopKey = new StopKey();
        while (_screen.ReadQuestion() is { } question)
        {
            if (string.IsNullOrWhiteSpace(question))
            {
                continue;
            }

            try
            {
                await AskAsync(question, stopKey.StartAnswer());
            }
            catch (OperationCanceledException)
            {
                _screen.Notice("stopped");
            }
            catch (ContextLengthExceededException failure) when (_agent.ForgetOlderTurns())
            {
                _screen.Notice($"{failure.Message} I forgot the older half of our conversation; please ask again.");
            }
            catch (LlamaFp4Exception failure)
            {
                _screen.Failure(failure.Message);
            }
            finally
            {
                stopKey.EndAnswer();
            }
        }
    }
}
