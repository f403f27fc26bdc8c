using System.Globalization;
using System.Text.Json;
using Microsoft.SemanticKernel;

namespace AgentDemo;

/// <summary>Sees each function the model calls, as it happens.</summary>
internal sealed class ToolCallFilter : IAutoFunctionInvocationFilter
{
    /// <summary>Told after a call, with its result or with what went wrong.</summary>
    public event Action<ToolCall, string>? Called;

    public async Task OnAutoFunctionInvocationAsync(AutoFunctionInvocationContext context, Func<AutoFunctionInvocationContext, Task> next)
    {
        var call = ToToolCall(context);
        try
        {
            await next(context);
        }
        catch (Exception failure)
        {
            Called?.Invoke(call, $"failed: {failure.Message}");
            throw;
        }

        Called?.Invoke(call, context.Result.ToString());
    }

    private static ToolCall ToToolCall(AutoFunctionInvocationContext context) => new(
        $"{context.Function.PluginName}.{context.Function.Name}",
        (context.Arguments ?? []).ToDictionary(argument => argument.Key, argument => ToText(argument.Value)));

    private static string ToText(object? value) => value switch
    {
        JsonElement { ValueKind: not JsonValueKind.String } json => json.GetRawText(),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "null",
    };
}
