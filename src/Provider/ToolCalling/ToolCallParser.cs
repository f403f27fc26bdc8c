using System.Runtime.InteropServices;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.ToolCalling;

/// <summary>Takes an answer apart into text and calls while it is written.</summary>
/// <remarks>
/// <para>
/// A call may begin behind the control token <c>&lt;|python_tag|&gt;</c>, at the start of the answer, behind another call and, where a grammar makes
/// sure of it, at <c>{"name": "</c> anywhere. Text is held back only while it may still be a call; what turns out to be none comes out verbatim.
/// Control tokens are events, never text, so text that spells one is just text.
/// </para>
/// <para>
/// Every decision is made at one character, so the chunks of the input do not matter. Broken JSON is not repaired, and lists of Python calls,
/// <c>[f(a=1)]</c>, are text: the prompt asks for neither.
/// </para>
/// </remarks>
internal sealed partial class ToolCallParser
{
    private readonly DeclaredTools _tools;
    private readonly bool _callsInText;
    private readonly bool _firstCallOnly;
    private readonly List<char> _ready = []; // text to hand out before the next call
    private readonly List<char> _held = []; // everything behind the last text or call that is not decided yet
    private readonly List<FunctionCallContent> _arrayCalls = [];

    private State _state;
    private int _start; // where in _held the part begins that the state is about
    private int _behindTag = -1; // where in _held the text behind a control token begins
    private bool _followsCall; // _held begins right behind a call
    private bool _mayEndTag; // the call behind which it begins was opened by a tag
    private CallObjectReader? _object;
    private JsonScanner? _arguments;
    private string _function = "";

    /// <param name="tools">What may be called; with none, everything is text.</param>
    /// <param name="callsInText">Whether a call may begin in the middle of text: only under a grammar that then enforces the rest of it.</param>
    /// <param name="firstCallOnly">Whether the answer ends with its first call.</param>
    public ToolCallParser(DeclaredTools tools, bool callsInText = false, bool firstCallOnly = false)
    {
        _tools = tools;
        _callsInText = callsInText && tools.Count > 0;
        _firstCallOnly = firstCallOnly;
        _state = tools.Count > 0 ? State.Beginning : State.Text;
    }

    private enum State
    {
        Text,
        Beginning,
        Behind, // the control token
        Between, // calls
        Trigger,
        Object,
        ArrayStart,
        ArrayItem,
        ArrayObject,
        ArrayNext,
        Tag,
        FunctionName,
        FunctionArguments,
        FunctionObject,
        BuiltInName,
        BuiltInArguments,
        Code,
        Ended,
    }

    public int CallCount { get; private set; }

    /// <summary>Whether nothing more can come out.</summary>
    public bool IsEnded => _state == State.Ended;

    public void Append(string text, List<AIContent> contents)
    {
        if (_state == State.Text && !(_callsInText && text.Contains('{')))
        {
            AddText(text, contents);
            return;
        }

        foreach (var c in text)
        {
            Step(c, contents);
        }

        EmitText(contents);
    }

    /// <summary>The control token that announces a call.</summary>
    public void AppendPythonTag(List<AIContent> contents)
    {
        if (_tools.Count == 0 || IsEnded)
        {
            return;
        }

        // Separators behind a call stay undecided: they are text if no further call follows.
        if (_state is not (State.Between or State.Behind))
        {
            EndCandidate(isComplete: true, contents);
        }

        if (IsEnded)
        {
            return;
        }

        EmitText(contents);
        _behindTag = _held.Count;
        _state = State.Behind;
    }

    /// <summary>Decides what is still open at the end of the answer.</summary>
    /// <param name="isComplete">Whether the model ended the answer itself.</param>
    /// <param name="contents">Where text and calls go.</param>
    public void Flush(bool isComplete, List<AIContent> contents)
    {
        EndCandidate(isComplete, contents);
        EmitText(contents);
    }

    private void Step(char c, List<AIContent> contents)
    {
        if (_state == State.Ended)
        {
            return;
        }

        if (_state == State.Text && !(_callsInText && c == '{'))
        {
            _ready.Add(c);
            return;
        }

        _held.Add(c);
        if (!Accept(c, contents))
        {
            _held.RemoveAt(_held.Count - 1);
            Reject();
            Step(c, contents);
        }
    }

    /// <summary>The held text is no call: it is code if it stands behind the control token and code can be run, else it is text.</summary>
    private void Reject()
    {
        _arrayCalls.Clear();
        if (_behindTag >= 0 && _tools.HasCodeInterpreter)
        {
            _state = State.Code;
        }
        else
        {
            Release();
        }
    }

    private void Release()
    {
        _ready.AddRange(_held);
        _held.Clear();
        _behindTag = -1;
        _followsCall = false;
        _mayEndTag = false;
        _state = State.Text;
    }

    private void EndCandidate(bool isComplete, List<AIContent> contents)
    {
        switch (_state)
        {
            case State.Text:
            case State.Ended:
                break;
            case State.Between or State.Behind when _followsCall && IsSeparator(HeldFrom(0)):
                _held.Clear();
                break;
            case State.BuiltInArguments when TryEndBuiltIn(isComplete, contents):
                break;
            case State.Beginning or State.Between or State.Behind:
                Release();
                break;
            default:
                Reject();
                EndCode(isComplete, contents);
                break;
        }
    }

    private bool TryEndBuiltIn(bool isComplete, List<AIContent> contents)
    {
        var rest = HeldFrom(_start).ToString();
        if (!BuiltInCall.TryReadArguments(rest, isComplete, out var arguments, out var length))
        {
            return false;
        }

        EmitCalls([_tools.CreateCall(_function, arguments)], contents);
        if (!IsEnded && !IsSeparator(rest.AsSpan(length)))
        {
            _held.AddRange(rest.AsSpan(length));
            Release();
        }

        return true;
    }

    private void EndCode(bool isComplete, List<AIContent> contents)
    {
        if (_state == State.Code && isComplete)
        {
            EmitCalls([_tools.CreateCodeCall(HeldFrom(_behindTag).ToString())], contents);
        }
        else
        {
            Release();
        }
    }

    private static bool IsSeparator(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsWhiteSpace(c) && c is not (';' or ','))
            {
                return false;
            }
        }

        return true;
    }

    private void EmitCalls(List<FunctionCallContent> calls, List<AIContent> contents)
    {
        EmitText(contents);
        var count = _firstCallOnly ? 1 : calls.Count;
        for (var i = 0; i < count; i++)
        {
            contents.Add(calls[i]);
        }

        CallCount += count;
        _arrayCalls.Clear();
        _held.Clear();
        _behindTag = -1;
        _followsCall = true;
        _mayEndTag = false;
        _state = _firstCallOnly ? State.Ended : State.Between;
    }

    private void EmitText(List<AIContent> contents)
    {
        if (_ready.Count > 0)
        {
            AddText(new string(CollectionsMarshal.AsSpan(_ready)), contents);
            _ready.Clear();
        }
    }

    private static void AddText(string text, List<AIContent> contents)
    {
        if (text.Length > 0)
        {
            contents.Add(new TextContent(text));
        }
    }
}
