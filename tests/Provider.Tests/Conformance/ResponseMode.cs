using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Conformance;

internal static class ResponseMode
{
    /// <summary>The same answer by either way: buffered, or streamed and folded.</summary>
    public static Task<ChatResponse> RespondAsync(this IChatClient client, string question, bool isStreamed, ChatOptions? options = null) =>
        isStreamed
            ? client.GetStreamingResponseAsync(question, options, TestContext.Current.CancellationToken).ToChatResponseAsync(TestContext.Current.CancellationToken)
            : client.GetResponseAsync(question, options, TestContext.Current.CancellationToken);
}
