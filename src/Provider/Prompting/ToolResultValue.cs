using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Prompting;

/// <summary>Results of tools, whatever .NET type they arrive in.</summary>
internal static class ToolResultValue
{
    /// <summary>A result as a <see cref="PythonValue"/>; contents count as their text.</summary>
    public static object? Of(object? result) => result switch
    {
        AIContent content => ContentText.Read(content),
        IEnumerable<AIContent> contents => string.Concat(contents.Select(ContentText.Read)),
        _ => PythonValue.Of(result),
    };
}
