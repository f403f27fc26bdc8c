using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Prompting;

/// <summary>Reads messages into turns: joins calls with their results, and calls that were made together.</summary>
/// <remarks>
/// Parallel calls come in two shapes, one message with all calls or one message each, followed by their results in any order;
/// both must give the same turns.
/// </remarks>
internal sealed class Conversation
{
    private static readonly ChatRole Developer = new("developer");
    private static readonly ChatRole Ipython = new("ipython");

    private readonly List<Turn> _turns = [];
    private readonly UnansweredCalls _unanswered = new();
    private AssistantTurn? _openCalls;

    private Conversation()
    {
    }

    public static List<Turn> Read(IEnumerable<ChatMessage> messages)
    {
        var conversation = new Conversation();
        foreach (var message in messages)
        {
            conversation.Add(message ?? throw new ArgumentException("A message is null.", nameof(messages)));
        }

        return conversation._turns;
    }

    private void Add(ChatMessage message)
    {
        if (message.Contents.Count == 0)
        {
            AddText(message.Role, "");
            return;
        }

        // Results cut a message: what stands before and after them is a turn of its own.
        List<string> texts = [];
        List<FunctionCallContent> calls = [];
        bool hasResults = false;
        foreach (var content in message.Contents)
        {
            if (content is FunctionResultContent result)
            {
                hasResults = true;
                AddPiece(message.Role, texts, calls, keepBlank: false);
                AddResult(result.CallId, result.Result);
            }
            else if (content is FunctionCallContent call)
            {
                calls.Add(call);
            }
            else if (ContentText.Read(content) is { } text)
            {
                texts.Add(text);
            }
        }

        AddPiece(message.Role, texts, calls, keepBlank: !hasResults);
    }

    private void AddPiece(ChatRole role, List<string> texts, List<FunctionCallContent> calls, bool keepBlank)
    {
        string text = string.Concat(texts);
        if (calls.Count > 0)
        {
            AddCalls(text, calls);
        }
        else if (texts.Count > 0 && (keepBlank || !string.IsNullOrWhiteSpace(text)))
        {
            AddText(role, text);
        }

        texts.Clear();
        calls.Clear();
    }

    private void AddText(ChatRole role, string text)
    {
        if (role == ChatRole.Tool || role == Ipython)
        {
            AddResult("", text);
            return;
        }

        EndCalls();
        if (role == ChatRole.Assistant)
        {
            var turn = new AssistantTurn();
            turn.Say(text);
            _turns.Add(turn);
            return;
        }

        _turns.Add(new TextTurn(Known(role), text));
    }

    // Roles are compared without case, and the model knows one spelling of each.
    private static ChatRole Known(ChatRole role) =>
        role == ChatRole.User ? ChatRole.User
        : role == ChatRole.System || role == Developer ? ChatRole.System
        : role;

    private void AddCalls(string text, List<FunctionCallContent> calls)
    {
        if (_openCalls is not { } turn)
        {
            EndCalls();
            _turns.Add(turn = new AssistantTurn());
            _openCalls = turn;
        }

        turn.Say(text);
        foreach (var content in calls)
        {
            var call = new ToolCall(content);
            turn.Calls.Add(call);
            _unanswered.Add(turn, call);
        }
    }

    private void AddResult(string callId, object? result)
    {
        _openCalls = null;
        if (_unanswered.Take(callId) is { } call)
        {
            call.Answer(result);
        }
        else
        {
            _turns.Add(new ResultTurn(result));
        }
    }

    private void EndCalls()
    {
        _openCalls = null;
        _unanswered.EndTurn();
    }
}
