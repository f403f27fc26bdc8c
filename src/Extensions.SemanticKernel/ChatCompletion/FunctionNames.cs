using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using FunctionCallContent = Microsoft.SemanticKernel.FunctionCallContent;

namespace LlamaFp4.Extensions.SemanticKernel.ChatCompletion;

/// <summary>A function of a plugin, and the one name by which the model knows it.</summary>
/// <remarks>Names may hold the separator themselves, so a call is looked up among the tools of its request, not cut at the first separator.</remarks>
internal sealed class FunctionNames
{
    private readonly Dictionary<string, KernelFunction> _functions = new(StringComparer.Ordinal);

    public FunctionNames(IList<AITool>? tools)
    {
        foreach (var function in (tools ?? []).OfType<KernelFunction>())
        {
            _functions.TryAdd(ToToolName(function.PluginName, function.Name), function);
        }
    }

    /// <summary>The name under which Semantic Kernel offers a function to a chat client.</summary>
    public static string ToToolName(FunctionCallContent call) => ToToolName(call.PluginName, call.FunctionName);

    /// <summary>Plugin and function behind a name; a name that no tool has is a function without a plugin.</summary>
    public (string? PluginName, string FunctionName) Split(string toolName) =>
        _functions.TryGetValue(toolName, out var function) ? (function.PluginName, function.Name) : (null, toolName);

    /// <summary>The name in a streamed call: the form that <see cref="FunctionCallContentBuilder"/> takes apart.</summary>
    public string ToStreamedName(string toolName) =>
        Split(toolName) is ({ } pluginName, var functionName) ? $"{pluginName}-{functionName}" : toolName;

    private static string ToToolName(string? pluginName, string functionName) =>
        string.IsNullOrWhiteSpace(pluginName) ? functionName : $"{pluginName}_{functionName}";
}
