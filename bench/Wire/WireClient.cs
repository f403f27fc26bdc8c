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
    public static async Task<WireClient> ConnectAsync(string path, Uri endpoint, int streams)
    {
        if (path == "openai")
        {
            return new OpenAIWireClient(endpoint);
        }

        if (path == "frames")
        {
            return new FrameClient(endpoint, new TensorRtLlmOptions().ConnectionsPerEndpoint);
        }

        var options = new TensorRtLlmOptions { CheckpointDirectory = PocketCheckpoint.DirectoryPath, MaxConcurrentRequests = streams, VerifyGuides = false };
        options.Endpoints.Add(endpoint);
        return new SessionWireClient(await TensorRtLlmSession.ConnectAsync(options));
    }

    /// <summary>Reads one stream to its end.</summary>
    /// <param name="tokens">How many tokens to ask for.</param>
    /// <param name="latencies">Where to put the microseconds that each timed token took; null for tokens without time.</param>
    /// <returns>How many tokens came.</returns>
    public abstract Task<int> ReadAsync(int tokens, List<double>? latencies);

    public abstract void Dispose();

    private sealed class SessionWireClient(TensorRtLlmSession session) : WireClient
    {
        private static readonly int[] Prompt = [.. Enumerable.Range(1000, 32)];

        public override async Task<int> ReadAsync(int tokens, List<double>? latencies)
        {
            var request = new GenerationRequest { PromptTokenIds = Prompt, MaxNewTokens = tokens, StopTokenIds = [] };
            var count = 0;
            await foreach (var delta in session.GenerateAsync(request))
            {
                count += delta.TokenIds.Length;
                if (latencies is not null)
                {
                    for (var i = 0; i + 1 < delta.TokenIds.Length; i += 2)
                    {
                        latencies.Add(TimedToken.Since(delta.TokenIds.Span.Slice(i, 2)));
                    }
                }
            }

            return count;
        }

        public override void Dispose() => session.Dispose();
    }

    private sealed class OpenAIWireClient(Uri endpoint) : WireClient
    {
        private static readonly ChatMessage[] Question = [new(ChatRole.User, "How does it work?")];

        private readonly IChatClient _client =
            new OpenAIClient(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = endpoint }).GetChatClient("replay").AsIChatClient();

        public override async Task<int> ReadAsync(int tokens, List<double>? latencies)
        {
            var count = 0;
            await foreach (var update in _client.GetStreamingResponseAsync(Question, new ChatOptions { MaxOutputTokens = tokens }))
            {
                if (update.Text is { Length: > 0 } text)
                {
                    count++;
                    latencies?.Add(TimedToken.Since(text));
                }
            }

            return count;
        }

        public override void Dispose() => _client.Dispose();
    }
}
