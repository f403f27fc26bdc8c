using System.Text.Json;
using AgentDemo.Conversations;

namespace AgentDemo.Scenarios;

/// <summary>A question, and the calls that a right answer needs, in order.</summary>
internal sealed record ScriptedTurn(string Question, params ToolCall[] Calls)
{
    /// <summary>What the person says if asked.</summary>
    public bool IsAllowed { get; init; }

    /// <summary>The dangerous call that has to be asked for, and does not run.</summary>
    public ToolCall? Refused { get; init; }

    /// <summary>What the last tool has to say.</summary>
    public string? Result { get; init; }

    /// <summary>The form that has to be filled in.</summary>
    public object? Form { get; init; }
}

/// <summary>A conversation that is played without a person, and checked.</summary>
internal sealed class ScriptedConversation(IReadOnlyList<ScriptedTurn> turns)
{
    public IReadOnlyList<ScriptedTurn> Turns { get; } = turns;

    /// <param name="start">Starts a conversation before an audience.</param>
    /// <param name="shown">Sees it too.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What went wrong, a sentence each; empty if every turn went as it should.</returns>
    public async Task<IReadOnlyList<string>> PlayAsync(
        Func<IAudience, Conversation> start, IAudience shown, CancellationToken cancellationToken = default)
    {
        var witness = new Witness(shown);
        var conversation = start(witness);
        List<string> failures = [];
        foreach (var turn in Turns)
        {
            shown.See(new Asked(turn.Question));
            witness.Watch(turn);
            await conversation.AskAsync(turn.Question, cancellationToken);
            if (witness.Complaint() is { } complaint)
            {
                failures.Add(complaint);
            }
        }

        return failures;
    }

    /// <summary>Sees a turn, answers for the person, and says afterwards what was wrong.</summary>
    private sealed class Witness(IAudience shown) : IAudience
    {
        private readonly List<ToolCall> _calls = [];
        private ScriptedTurn _turn = new("");
        private ToolCall? _refused;
        private string? _result;
        private JsonElement? _form;
        private string? _answer;

        public void Watch(ScriptedTurn turn)
        {
            _turn = turn;
            _calls.Clear();
            _refused = null;
            _result = null;
            _form = null;
            _answer = null;
        }

        public void See(AgentEvent happening)
        {
            shown.See(happening);
            switch (happening)
            {
                case Called called:
                    _calls.Add(called.Call);
                    break;
                case Returned returned:
                    _result = returned.Result;
                    break;
                case Refused refused:
                    _refused = refused.Call;
                    break;
                case Filled filled:
                    _form = filled.Form;
                    break;
                case Answered answered:
                    _answer = answered.Text;
                    break;
            }
        }

        public ValueTask<bool> AllowsAsync(ToolCall call, CancellationToken cancellationToken) => new(_turn.IsAllowed);

        public string? Complaint()
        {
            if (_calls.Count != _turn.Calls.Length || !_calls.Zip(_turn.Calls).All(pair => pair.First.IsSameAs(pair.Second)))
            {
                return $"\"{_turn.Question}\" should have called {List(_turn.Calls)}, but called {List(_calls)}.";
            }

            if (_refused is null ? _turn.Refused is not null : _turn.Refused?.IsSameAs(_refused) != true)
            {
                return $"\"{_turn.Question}\" should have asked for {_turn.Refused?.ToString() ?? "nothing"}, but asked for {_refused?.ToString() ?? "nothing"}.";
            }

            if (_turn.Result is { } result && result != _result)
            {
                return $"\"{_turn.Question}\" should have found \"{result}\", but found \"{_result}\".";
            }

            if (_turn.Form is { } form && (_form is not { } filled || !form.Equals(filled.Deserialize(form.GetType(), JsonSerializerOptions.Web))))
            {
                return $"\"{_turn.Question}\" should have filled in {form}, but filled in {_form?.ToString() ?? "nothing"}.";
            }

            return string.IsNullOrWhiteSpace(_answer) ? $"\"{_turn.Question}\" was not answered." : null;
        }

        private static string List(IReadOnlyList<ToolCall> calls) => calls.Count == 0 ? "no tool" : string.Join(", then ", calls);
    }
}
