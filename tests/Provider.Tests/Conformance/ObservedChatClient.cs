using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Conformance;

/// <summary>Stands directly before the client under test and remembers what went in and what came out.</summary>
internal sealed class ObservedChatClient(IChatClient inner) : DelegatingChatClient(inner)
{
    public List<(List<ChatMessage> Messages, ChatOptions? Options)> Requests { get; } = [];

    public List<ChatResponse> Responses { get; } = [];

    /// <summary>Of each response, as it came; the middleware writes the sum of all into the last.</summary>
    public List<long> TotalTokenCounts { get; } = [];

    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        List<ChatMessage> request = [.. messages];
        Requests.Add((request, options));
        var response = await base.GetResponseAsync(request, options, cancellationToken);
        Add(response);
        return response;
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        List<ChatMessage> request = [.. messages];
        Requests.Add((request, options));
        List<ChatResponseUpdate> updates = [];
        await foreach (var update in base.GetStreamingResponseAsync(request, options, cancellationToken))
        {
            updates.Add(update);
            yield return update;
        }

        Add(updates.ToChatResponse());
    }

    private void Add(ChatResponse response)
    {
        Responses.Add(response);
        TotalTokenCounts.Add(response.Usage!.TotalTokenCount!.Value);
    }
}
