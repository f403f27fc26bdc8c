using System.ClientModel;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.PocketModel;
using Microsoft.Extensions.AI;
using OpenAI;

namespace LlamaFp4.Bench.Wire;

/// <summary>One way to read a stream of tokens from a stand-in.</summary>
internal abstract class WireClient : IDisposable
{
    /// <param name="path">What the streams go over.</param>
    /// <param name="endpoint">The stand-in.</param>
    /// <param name="streams">How many at once.</param>
    /// <param name="tokensPerMessage">Ids in a message of the stand-in; a chat endpoint's messages are texts.</param>
    public static async Task<WireClient> ConnectAsync(string path, Uri endpoint, int streams, int tokensPerMessage)
    {
        if (path == "openai")
        {
            return new OpenAIWireClient(endpoint);
        }

        if (path == "frames")
        {
            return new FrameClient(endpoint, new TensorRtLlmOptions().ConnectionsPerEndpoint, tokensPerMessage);
        }

        var options = new TensorRtLlmOptions { CheckpointDirectory = PocketCheckpoint.DirectoryPath, MaxConcurrentRequests = streams, VerifyGuides = false };
        options.Endpoints.Add(endpoint);
        return new SessionWireClient(await TensorRtLlmSession.ConnectAsync(options), tokensPerMessage);
    }

    /// <summary>Reads one stream to its end.</summary>
    /// <param name="messages">How many messages with tokens to ask for.</param>
    /// <param name="latencies">Where to put the microseconds that each timed message took; null for messages without time.</param>
    /// <returns>What came.</returns>
    public abstract Task<WireRead> ReadAsync(int messages, List<double>? latencies);

    public abstract void Dispose();

    protected static ValueTask<T> Counted<T>(ValueTask<T> step, ref int waits)
    {
        waits += step.IsCompleted ? 0 : 1;
        return step;
    }

    private sealed class SessionWireClient(TensorRtLlmSession session, int tokensPerMessage) : WireClient
    {
        private static readonly int[] Prompt = [.. Enumerable.Range(1000, 32)];

        public override async Task<WireRead> ReadAsync(int messages, List<double>? latencies)
        {
            var request = new GenerationRequest { PromptTokenIds = Prompt, MaxNewTokens = messages * tokensPerMessage, StopTokenIds = [] };
            var (tokens, waits) = (0, 0);
            await using var deltas = session.GenerateAsync(request).GetAsyncEnumerator();
            while (await Counted(deltas.MoveNextAsync(), ref waits))
            {
                var tokenIds = deltas.Current.TokenIds;
                tokens += tokenIds.Length;
                if (latencies is not null)
                {
                    for (var i = 0; i + 1 < tokenIds.Length; i += 2)
                    {
                        latencies.Add(TimedToken.Since(tokenIds.Span.Slice(i, 2)));
                    }
                }
            }

            return new WireRead(tokens / tokensPerMessage, waits);
        }

        public override void Dispose() => session.Dispose();
    }

    private sealed class OpenAIWireClient(Uri endpoint) : WireClient
    {
        private static readonly ChatMessage[] Question = [new(ChatRole.User, "How does it work?")];

        private readonly IChatClient _client =
            new OpenAIClient(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = endpoint }).GetChatClient("replay").AsIChatClient();

        public override async Task<WireRead> ReadAsync(int messages, List<double>? latencies)
        {
            var (count, waits) = (0, 0);
            await using var updates = _client.GetStreamingResponseAsync(Question, new ChatOptions { MaxOutputTokens = messages }).GetAsyncEnumerator();
            while (await Counted(updates.MoveNextAsync(), ref waits))
            {
                if (updates.Current.Text is { Length: > 0 } text)
                {
                    count++;
                    latencies?.Add(TimedToken.Since(text));
                }
            }

            return new WireRead(count, waits);
        }

        public override void Dispose() => _client.Dispose();
    }
}
