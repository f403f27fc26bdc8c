using System.Collections.Concurrent;
using System.Threading.Channels;
using AgentDemo.Conversations;

namespace AgentDemo.Web;

/// <summary>The conversation of one page: one answer at a time, as a stream of events.</summary>
internal sealed class PageConversation : IAudience
{
    private readonly Lock _gate = new();
    private readonly Conversation _conversation;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<bool>> _undecided = [];
    private Channel<AgentEvent> _events = Channel.CreateUnbounded<AgentEvent>();
    private Task _answering = Task.CompletedTask;
    private Task _told = Task.CompletedTask;
    private CancellationToken _stop;
    private int _approvals;

    public PageConversation(Func<IAudience, Conversation> start) => _conversation = start(this);

    /// <returns>The events of the answer, the last of which says how it ended; <see langword="null"/> while another answer is being given.</returns>
    public IAsyncEnumerable<AgentEvent>? TryAsk(string question, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            // One that was stopped is on its way out, and is waited for.
            if (!_told.IsCompleted && !_stop.IsCancellationRequested)
            {
                return null;
            }

            var events = Channel.CreateUnbounded<AgentEvent>();
            _told = events.Reader.Completion;
            _stop = cancellationToken;
            _answering = AnswerAsync(_answering, question, events, cancellationToken);
            return events.Reader.ReadAllAsync(cancellationToken);
        }
    }

    /// <summary>What the person says about a call.</summary>
    /// <returns>Whether it was still to be decided.</returns>
    public bool Decide(int call, bool isAllowed) => _undecided.TryRemove(call, out var decision) && decision.TrySetResult(isAllowed);

    public void See(AgentEvent happening) => _events.Writer.TryWrite(happening);

    public async ValueTask<bool> AllowsAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _approvals);
        var decision = _undecided[number] = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            See(new ApprovalWanted(number, call));
            return await decision.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            _undecided.TryRemove(number, out _);
        }
    }

    private async Task AnswerAsync(Task before, string question, Channel<AgentEvent> events, CancellationToken cancellationToken)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        _events = events;
        Exception? unexpected = null;
        try
        {
            await _conversation.AskAsync(question, cancellationToken);
        }
        catch (Exception failure)
        {
            unexpected = failure; // Ends the stream of events, and is logged with the request.
        }

        events.Writer.Complete(unexpected);
    }
}
