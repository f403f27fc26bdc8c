using LlamaFp4.Native.TensorRtLlm;

namespace LlamaFp4.Acceptance.Checks;

/// <summary>How the server takes what a session never sends.</summary>
internal static class WireChecks
{
    public static IEnumerable<AcceptanceCheck> Questions =>
    [
        new("What does the server say to a prompt longer than its context?", (target, cancellationToken) => OnServer(target, server => OverlongPromptAsync(target, server, cancellationToken))),
        new("What does it say when prompt and wanted tokens together are longer than its context?", (target, cancellationToken) => OnServer(target, server => OverlongAnswerAsync(target, server, cancellationToken))),
        new("What becomes of two requests with the same id?", (target, cancellationToken) => OnServer(target, server => SameIdAsync(target, server, cancellationToken))),
        new("How does a stream end that was aborted by its id?", (target, cancellationToken) => OnServer(target, server => AbortAsync(target, server, cancellationToken))),
    ];

    private static Task<Finding> OnServer(AcceptanceTarget target, Func<ServerProbe, Task<Finding>> find) =>
        target.Server is { } server ? find(server) : Task.FromResult(Finding.NotApplicable("The engine runs in this process"));

    private static async Task<Finding> OverlongPromptAsync(AcceptanceTarget target, ServerProbe server, CancellationToken cancellationToken)
    {
        var reaction = await server.GenerateAsync(NewId(), target.EncodeUnique(target.Model.ContextLength + 16), 1, null, cancellationToken);
        return Finding.PassIf(reaction.Failure is { Kind: ServerFailureKind.ContextLength }, $"The server {reaction}");
    }

    private static async Task<Finding> OverlongAnswerAsync(AcceptanceTarget target, ServerProbe server, CancellationToken cancellationToken)
    {
        var prompt = target.EncodeUnique(Math.Max(1, target.Model.ContextLength - 32));
        var reaction = await server.GenerateAsync(NewId(), prompt, 128, null, cancellationToken);
        return Finding.PassIf(
            reaction.Failure is { Kind: ServerFailureKind.ContextLength } || (reaction.Failure is null && reaction.Tokens <= 128),
            $"{(reaction.Failure is null ? "Clamped: the" : "The")} server {reaction}");
    }

    private static async Task<Finding> SameIdAsync(AcceptanceTarget target, ServerProbe server, CancellationToken cancellationToken)
    {
        if (server.Protocol == "HTTP")
        {
            return Finding.NotApplicable("HTTP requests have no id");
        }

        var id = NewId();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = server.GenerateAsync(id, target.EncodeUnique(32), 64, () => begun.TrySetResult(), cancellationToken);
        await Task.WhenAny(begun.Task, first);
        var second = await server.GenerateAsync(id, target.EncodeUnique(32), 8, null, cancellationToken);
        var both = await first;
        return Finding.PassIf(
            both is { Failure: null, Tokens: 64 } && second is { Failure: null, Tokens: 8 } or { Failure.Kind: ServerFailureKind.Rejected },
            $"The first {both}; to the second the server {second}");
    }

    private static async Task<Finding> AbortAsync(AcceptanceTarget target, ServerProbe server, CancellationToken cancellationToken)
    {
        if (server.Protocol == "HTTP")
        {
            return Finding.NotApplicable("HTTP has no way to abort but closing the connection");
        }

        var id = NewId();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var prompt = target.EncodeUnique(32);
        var wanted = Math.Min(4096, target.Model.ContextLength - prompt.Length);
        var running = server.GenerateAsync(id, prompt, wanted, () => begun.TrySetResult(), cancellationToken);
        await Task.WhenAny(begun.Task, running);
        await server.AbortAsync(id, cancellationToken);
        var reaction = await running;
        return Finding.PassIf(reaction.Failure is not null && reaction.Tokens < wanted, $"The server {reaction}, {Figure.Seconds(reaction.Elapsed)} after the request");
    }

    private static string NewId() => Guid.NewGuid().ToString("N");
}
