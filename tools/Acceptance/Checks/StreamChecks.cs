namespace LlamaFp4.Acceptance.Checks;

/// <summary>How tokens come: in what portions, and over how many connections.</summary>
internal static class StreamChecks
{
    public static IEnumerable<AcceptanceCheck> Questions =>
    [
        new("How many tokens come together (stream_interval)?", BatchesAsync),
        new("Throughput over 1 connection", (target, cancellationToken) => ConnectionsAsync(target, 1, cancellationToken)),
        new("Throughput over 8 connections", (target, cancellationToken) => ConnectionsAsync(target, 8, cancellationToken)),
    ];

    private static async Task<Finding> BatchesAsync(AcceptanceTarget target, CancellationToken cancellationToken)
    {
        var tokens = Math.Min(128, target.Model.ContextLength / 2);
        var answer = await target.Session.CollectAsync(Answers.Greedy(target.EncodeUnique(16), tokens), cancellationToken);
        var sizes = answer.Batches.GroupBy(size => size).OrderBy(group => group.Key).Select(group => $"{group.Count()} × {group.Key}");
        return Finding.PassIf(answer.TokenIds.Count == tokens, $"{tokens} tokens in {answer.Batches.Count} portions: {string.Join(", ", sizes)}");
    }

    private static async Task<Finding> ConnectionsAsync(AcceptanceTarget target, int connections, CancellationToken cancellationToken)
    {
        if (target.ConnectAsync is not { } connect || target.Server?.Protocol == "HTTP")
        {
            return Finding.NotApplicable(target.Server is null ? "The engine runs in this process" : "HTTP takes a connection for each request");
        }

        using var session = await connect(connections, cancellationToken);
        return await LoadChecks.StreamAsync(target, session, target.Streams, cancellationToken);
    }
}
