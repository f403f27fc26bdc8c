using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Microsoft.SemanticKernel;

namespace AgentDemo.Conversations;

/// <summary>Every call of a tool passes here: dangerous ones are asked for, all are shown.</summary>
internal sealed class ToolGate(IAudience audience) : IAutoFunctionInvocationFilter
{
    // What the model reads in place of a result.
    private const string Refusal = "The user did not allow it.";

    /// <summary>Stops the answer that is being given: the token of a call's context, which Semantic Kernel's loop leaves empty.</summary>
    public CancellationToken Stop { get; set; }

    public async Task OnAutoFunctionInvocationAsync(AutoFunctionInvocationContext context, Func<AutoFunctionInvocationContext, Task> next)
    {
        var call = ToToolCall(context);
        if (IsDangerous(context.Function) && !await audience.AllowsAsync(call, Stop))
        {
            context.Result = new FunctionResult(context.Function, Refusal);
            audience.See(new Refused(call));
            return;
        }

        audience.See(new Called(call));
        try
        {
            await next(context);
        }
        catch (Exception failure)
        {
            audience.See(new Returned(call, $"failed: {failure.Message}"));
            throw;
        }

        audience.See(new Returned(call, context.Result.ToString()));
    }

    private static bool IsDangerous(KernelFunction function) => function.UnderlyingMethod?.IsDefined(typeof(DangerousAttribute)) == true;

    private static ToolCall ToToolCall(AutoFunctionInvocationContext context) => new(
        $"{context.Function.PluginName}.{context.Function.Name}",
        (context.Arguments ?? []).ToDictionary(argument => argument.Key, argument => ToText(argument.Value)));

    private static string ToText(object? value) => value switch
    {
        JsonElement { ValueKind: not JsonValueKind.String } json => json.GetRawText(),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "null",
    };
}
