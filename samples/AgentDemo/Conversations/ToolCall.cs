namespace AgentDemo.Conversations;

/// <summary>A function of a plugin that the model called, with the arguments as text.</summary>
internal sealed record ToolCall(string Function, IReadOnlyDictionary<string, string> Arguments)
{
    /// <summary>A call written down by hand: <c>ToolCall.Of("Lights.TurnOn", ("room", "kitchen"))</c>.</summary>
    public static ToolCall Of(string function, params (string Name, string Value)[] arguments) =>
        new(function, arguments.ToDictionary(argument => argument.Name, argument => argument.Value));

    public bool IsSameAs(ToolCall other) =>
        Function == other.Function
        && Arguments.Count == other.Arguments.Count
        && Arguments.All(argument =>
            other.Arguments.TryGetValue(argument.Key, out var value) && value.Equals(argument.Value, StringComparison.OrdinalIgnoreCase));

    public override string ToString() =>
        $"{Function}({string.Join(", ", Arguments.Select(argument => $"{argument.Key}: {argument.Value}"))})";
}
