using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Prompting;

/// <summary>A call and, once it was found, its result.</summary>
internal sealed class ToolCall(FunctionCallContent content)
{
    public FunctionCallContent Content { get; } = content;

    public bool IsAnswered { get; private set; }

    public object? Result { get; private set; }

    public void Answer(object? result)
    {
        Result = result;
        IsAnswered = true;
    }
}
