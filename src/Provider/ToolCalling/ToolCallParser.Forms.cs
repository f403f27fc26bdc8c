using System.Runtime.InteropServices;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.ToolCalling;

/// <content>The forms of a call: object, array of objects, function tag, built-in call.</content>
internal sealed partial class ToolCallParser
{
    private const string Trigger = "{\"name\": \"";
    private const string FunctionTag = "<function=";
    private const string FunctionEndTag = "</function>";

    /// <summary>Whether what is held, with its last character, may still be a call.</summary>
    private bool Accept(char c, List<AIContent> contents) => _state switch
    {
        State.Text => StartTrigger(c),
        State.Beginning => char.IsWhiteSpace(c) || StartCandidate(c),
        State.Behind => char.IsWhiteSpace(c) || StartCandidate(c) || StartBuiltIn(),
        State.Between => char.IsWhiteSpace(c) || c is ';' or ',' || StartCandidate(c),
        State.Trigger => ContinueTrigger(c),
        State.Object => ContinueObject(c, contents),
        State.ArrayStart => char.IsWhiteSpace(c) || StartArrayObject(c),
        State.ArrayItem => char.IsWhiteSpace(c) || StartArrayObject(c),
        State.ArrayObject => ContinueArrayObject(c),
        State.ArrayNext => char.IsWhiteSpace(c) || ContinueArray(c, contents),
        State.Tag => ContinueTag(),
        State.FunctionName => ContinueFunctionName(c),
        State.FunctionArguments => char.IsWhiteSpace(c) || StartFunctionObject(c),
        State.FunctionObject => ContinueFunctionObject(c, contents),
        State.BuiltInName => ContinueBuiltInName(),
        _ => true, // BuiltInArguments and Code: all that follows
    };

    private ReadOnlySpan<char> HeldFrom(int start) => CollectionsMarshal.AsSpan(_held)[start..];

    private bool StartCandidate(char c)
    {
        _start = _held.Count - 1;
        switch (c)
        {
            case '{':
                _object = new CallObjectReader(_tools);
                _object.Append(c);
                _state = State.Object;
                return true;
            case '[':
                _state = State.ArrayStart;
                return true;
            case '<':
                _state = State.Tag;
                return true;
            default:
                return false;
        }
    }

    private bool StartTrigger(char c)
    {
        StartCandidate(c);
        _state = State.Trigger;
        return true;
    }

    private bool ContinueTrigger(char c)
    {
        var length = _held.Count - _start;
        _object!.Append(c);
        _state = length == Trigger.Length ? State.Object : State.Trigger;
        return c == Trigger[length - 1];
    }

    private bool ContinueObject(char c, List<AIContent> contents)
    {
        var state = _object!.Append(c);
        if (state != CallState.Closed)
        {
            return state == CallState.Open;
        }

        if (!_tools.TryReadCall(HeldFrom(_start).ToString(), out var call))
        {
            return false;
        }

        EmitCalls([call], contents);
        return true;
    }

    private bool StartArrayObject(char c)
    {
        _start = _held.Count - 1;
        _object = new CallObjectReader(_tools, JsonScanner.MaxDepth - 1);
        _object.Append(c);
        _state = State.ArrayObject;
        return c == '{';
    }

    private bool ContinueArrayObject(char c)
    {
        var state = _object!.Append(c);
        if (state != CallState.Closed)
        {
            return state == CallState.Open;
        }

        if (!_tools.TryReadCall(HeldFrom(_start).ToString(), out var call))
        {
            return false;
        }

        _arrayCalls.Add(call);
        _state = State.ArrayNext;
        return true;
    }

    private bool ContinueArray(char c, List<AIContent> contents)
    {
        if (c == ']')
        {
            EmitCalls(_arrayCalls, contents);
            return true;
        }

        _state = State.ArrayItem;
        return c == ',';
    }

    private bool ContinueTag()
    {
        var tag = HeldFrom(_start);
        if (tag is FunctionTag)
        {
            _start = _held.Count;
            _state = State.FunctionName;
            return true;
        }

        if (_mayEndTag && tag is FunctionEndTag)
        {
            _held.Clear();
            _mayEndTag = false;
            _state = State.Between;
            return true;
        }

        return FunctionTag.AsSpan().StartsWith(tag) || (_mayEndTag && FunctionEndTag.AsSpan().StartsWith(tag));
    }

    private bool ContinueFunctionName(char c)
    {
        if (c != '>')
        {
            return _tools.HasNameBeginningWith(HeldFrom(_start));
        }

        _function = HeldFrom(_start)[..^1].ToString();
        _state = State.FunctionArguments;
        return _tools.Contains(_function);
    }

    private bool StartFunctionObject(char c)
    {
        _start = _held.Count - 1;
        _arguments = new JsonScanner();
        _arguments.Append(c);
        _state = State.FunctionObject;
        return c == '{';
    }

    private bool ContinueFunctionObject(char c, List<AIContent> contents)
    {
        var what = _arguments!.Append(c);
        if (what != JsonEvent.Ended)
        {
            return what != JsonEvent.Malformed;
        }

        if (!ModelJson.TryParse(HeldFrom(_start).ToString(), out var arguments))
        {
            return false;
        }

        EmitCalls([_tools.CreateCall(_function, arguments)], contents);
        _mayEndTag = true;
        return true;
    }

    private bool StartBuiltIn()
    {
        _state = State.BuiltInName;
        return ContinueBuiltInName();
    }

    private bool ContinueBuiltInName()
    {
        var text = HeldFrom(_start);
        if (text.EndsWith(BuiltInCall.Opening) && _tools.Contains(text[..^BuiltInCall.Opening.Length]))
        {
            _function = text[..^BuiltInCall.Opening.Length].ToString();
            _start = _held.Count;
            _state = State.BuiltInArguments;
            return true;
        }

        if (_tools.HasNameBeginningWith(text))
        {
            return true;
        }

        var dot = text.LastIndexOf('.');
        return dot > 0 && _tools.Contains(text[..dot]) && BuiltInCall.Opening.AsSpan().StartsWith(text[dot..]);
    }
}
