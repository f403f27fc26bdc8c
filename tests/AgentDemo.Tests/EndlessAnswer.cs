using LlamaFp4.Tests.Shared;

namespace LlamaFp4.AgentDemo.Tests;

/// <summary>An answer that stays in the middle until its reader leaves.</summary>
internal sealed class EndlessAnswer
{
    private readonly TaskCompletionSource _isLeft = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="text">Of which the beginning is said.</param>
    /// <param name="chunks">How many tokens of it.</param>
    public EndlessAnswer(string text, int chunks) => Script = ScriptedAnswer.Of(
        TinyTokenizer.Create(), text, beforeChunk: (chunk, token) => chunk < chunks ? Task.CompletedTask : UntilLeftAsync(token));

    public ScriptedAnswer Script { get; }

    /// <summary>Completes when the engine is free again.</summary>
    public Task IsLeft => _isLeft.Task;

    private async Task UntilLeftAsync(CancellationToken token)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, token);
        }
        finally
        {
            _isLeft.SetResult();
        }
    }
}
