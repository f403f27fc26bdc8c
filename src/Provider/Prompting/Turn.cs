using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Prompting;

/// <summary>A piece of a conversation that is written as one turn, or as pairs of a call and its result.</summary>
internal abstract class Turn;

/// <summary>A turn of anyone but the assistant and its tools.</summary>
internal sealed class TextTurn(ChatRole role, string text) : Turn
{
    public ChatRole Role { get; } = role;

    public string Text { get; } = text;
}

/// <summary>What the assistant said, and what it called.</summary>
internal sealed class AssistantTurn : Turn
{
    private readonly List<string> _texts = [];

    public List<ToolCall> Calls { get; } = [];

    public string Text => string.Concat(_texts);

    public void Say(string text) => _texts.Add(text);
}

/// <summary>A result whose call is not in the conversation.</summary>
internal sealed class ResultTurn(object? result) : Turn
{
    public object? Result { get; } = result;
}
