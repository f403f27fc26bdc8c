namespace AgentDemo.Conversations;

/// <summary>Who watches an agent answer, and is asked before it does something dangerous.</summary>
internal interface IAudience
{
    void See(AgentEvent happening);

    /// <returns>Whether the tool may run.</returns>
    ValueTask<bool> AllowsAsync(ToolCall call, CancellationToken cancellationToken);
}
