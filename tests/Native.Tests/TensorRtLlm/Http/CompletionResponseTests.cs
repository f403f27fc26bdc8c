using System.Text;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tests.Conformance;

namespace LlamaFp4.Native.Tests.TensorRtLlm.Http;

/// <summary>Answers as HTTP servers of different releases, and proxies before them, word them.</summary>
public sealed class CompletionResponseTests
{
    private const string Usage = """{"id":"x","choices":[],"usage":{"prompt_tokens":3,"total_tokens":5,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":1}}}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EventsOfARealServer_AreTheAnswer()
    {
        var answer = await ReadAsync(Lines(
            """{"id":"cmpl-1","object":"text_completion","created":1760000000,"model":"m","choices":[{"index":0,"text":"","token_ids":[10],"logprobs":null,"context_logits":null,"finish_reason":null,"stop_reason":null,"disaggregated_params":null,"avg_decoded_tokens_per_iter":null}],"usage":null}""",
            """{"id":"cmpl-2","object":"text_completion","created":1760000000,"model":"m","choices":[{"index":0,"text":"","token_ids":[2],"logprobs":null,"finish_reason":"stop","stop_reason":2,"avg_decoded_tokens_per_iter":1.0}],"usage":null}""",
            Usage,
            "[DONE]"));

        Assert.Equal([10], answer.TokenIds);
        Assert.Equal(FinishReason.Stop, answer.Last.FinishReason);
        Assert.Equal(2, answer.Last.StopTokenId);
        Assert.Equal((3, 2, 1), (answer.Last.Usage!.PromptTokens, answer.Last.Usage.CompletionTokens, answer.Last.Usage.CachedPromptTokens));
    }

    [Fact]
    public async Task FieldsLeftOut_AreLikeNull()
    {
        var answer = await ReadAsync(Lines("""{"choices":[{"token_ids":[10,11]}]}""", """{"choices":[{"finish_reason":"length"}]}""", "[DONE]"));

        Assert.Equal([10, 11], answer.TokenIds);
        Assert.Equal(FinishReason.Length, answer.Last.FinishReason);
        Assert.Equal(3, answer.Last.Usage!.PromptTokens);
    }

    [Fact]
    public async Task StopTokenLeftOutOfTheIds_IsNamedByTheStopReason()
    {
        var answer = await ReadAsync(Lines("""{"choices":[{"stop_reason":3,"finish_reason":"stop","token_ids":[10]}]}""", "[DONE]"));

        Assert.Equal([10], answer.TokenIds);
        Assert.Equal(3, answer.Last.StopTokenId);
    }

    [Fact]
    public async Task CommentsOtherFieldsAndCarriageReturns_AreSkipped()
    {
        var answer = await ReadAsync(": keep-alive\r\n\r\nevent: message\r\nid: 7\r\ndata:{\"choices\":[{\"token_ids\":[10],\"finish_reason\":\"length\"}]}\r\n\r\n:\n\ndata: [DONE]\r\n\r\n");

        Assert.Equal([10], answer.TokenIds);
    }

    [Fact]
    public async Task EndMarkTwice_IsHarmless()
    {
        var answer = await ReadAsync(Lines("""{"choices":[{"token_ids":[10],"finish_reason":"length"}]}""", "[DONE]", "[DONE]"));

        Assert.Equal([10], answer.TokenIds);
    }

    [Fact]
    public async Task LogProbabilities_BelongToTheTokensOfTheirEvent()
    {
        var answer = await ReadAsync(
            Lines(
                """{"choices":[{"token_ids":[10,11],"logprobs":{"text_offset":[0,1],"token_logprobs":[-0.5,-1.5],"tokens":["a","b"],"top_logprobs":[{"a":-0.5},{"b":-1.5}]},"finish_reason":null}]}""",
                """{"choices":[{"logprobs":{"token_logprobs":[null]},"token_ids":[12],"finish_reason":"length"}]}""",
                "[DONE]"),
            logProbabilities: 0);

        Assert.Equal([(10, -0.5f), (11, -1.5f), (12, float.NaN)], answer.LogProbabilities.Select(entry => (entry.TokenId, entry.LogProbability)));
        Assert.All(answer.LogProbabilities, entry => Assert.Empty(entry.Alternatives));
    }

    [Theory]
    [InlineData("""{"choices":[{"token_ids":[10],"finish_reason":null}]}""", "[DONE]", "after 1 tokens without a finish reason")]
    [InlineData("""{"choices":[{"token_ids":[10],"finish_reason":"length"}]}""", "", "after 1 tokens without a final message, [DONE]")]
    [InlineData("""{"choices":[{"token_ids":[10],"finish_reason":"length"}]}""", """{"choices":[{"token_ids":[11],"finish_reason":"length"}]}""", "went on after the finish reason")]
    [InlineData("""{"choices":[{"token_ids":[10],"finish_reason":"cancelled"}]}""", "[DONE]", "cancelled the request")]
    [InlineData("""{"choices":[{"token_ids":[10],"finish_reason":"timeout"}]}""", "[DONE]", "time limit")]
    [InlineData("""{"choices":[{"token_ids":[10],"finish_reason":"whim"}]}""", "[DONE]", "unknown reason 'whim'")]
    [InlineData("""{"choices":[{"text":"Hello","finish_reason":null}]}""", "[DONE]", "text instead of token ids")]
    [InlineData("""{"choices":[{"index":1,"token_ids":[10]}]}""", "[DONE]", "sequence 1")]
    [InlineData("""{"choices":[{"token_ids":["10"]}]}""", "[DONE]", "not a completion")]
    [InlineData("""{"choices":[{"token_ids":[-1]}]}""", "[DONE]", "not a completion")]
    [InlineData("""{"choices":[{"token_ids":[99999]}]}""", "[DONE]", "99999")]
    [InlineData("""{"choices":[{"token_ids":7}]}""", "[DONE]", "something else than a list")]
    [InlineData("""{"choices":{}}""", "[DONE]", "StartArray was expected")]
    [InlineData("""{"choices":[7]}""", "[DONE]", "not an object")]
    [InlineData("""[1]""", "[DONE]", "StartObject was expected")]
    [InlineData("""{"choices":[{"token_i""", "[DONE]", "not a completion")]
    [InlineData("""{"choices":[{"token_ids":[10],"finish_reason":"length"}]}""", Usage + "\n\ndata: [DONE]", "counted 2 new tokens, but sent 1")]
    [InlineData("""{"choices":[{"token_ids":[10],"finish_reason":"length"}]}""", """{"choices":[],"usage":{"prompt_tokens":-3,"completion_tokens":1}}""" + "\n\ndata: [DONE]", "-3 prompt tokens")]
    [InlineData("""{"choices":[{"token_ids":[10],"finish_reason":"length"}]}""", """{"choices":[],"usage":{"completion_tokens":-1}}""" + "\n\ndata: [DONE]", "counted -1 new tokens, but sent 1")]
    [InlineData("""{"choices":[{"token_ids":[10],"finish_reason":"length"}]}""", """{"choices":[],"usage":{"prompt_tokens_details":{"cached_tokens":-1}}}""" + "\n\ndata: [DONE]", "-1 of them cached")]
    [InlineData("""{"choices":[{"token_ids":[10],"finish_reason":""}]}""", "[DONE]", "without a reason")]
    [InlineData("""{"choices":[{"token_ids":[10],"stop_reason":99999999999,"finish_reason":"stop"}]}""", "[DONE]", "not a completion")]
    [InlineData("""{"choices":[{"token_ids":[10],"logprobs":{"token_logprobs":[-1,-2]},"finish_reason":"length"}]}""", "[DONE]", "2 log probabilities with 1 tokens")]
    [InlineData("""{"error":{"message":"CUDA error","type":"server_error","code":null,"param":null}}""", "[DONE]", "failed: CUDA error")]
    [InlineData("""{"error":"it broke"}""", "[DONE]", "failed: it broke")]
    [InlineData("""{"error":{"code":7}}""", "[DONE]", "failed: {\"code\":7}")]
    public async Task WrongAnswer_FailsWithWhatIsWrong(string first, string second, string message)
    {
        var failure = await Assert.ThrowsAsync<GenerationFailedException>(() => ReadAsync(Lines(first, second)));

        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TextThatIsNoText_FailsTheAnswer()
    {
        byte[] body = [.. "data: {\"choices\":[{\"token_ids\":[10],\"finish_reason\":\""u8, 0xFF, 0xFE, .. "\"}]}\n\n"u8];

        var failure = await Assert.ThrowsAsync<GenerationFailedException>(() => ReadAsync(body));

        Assert.Contains("not a completion", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NothingBehindTheHeaders_FailsTheAnswer()
    {
        var failure = await Assert.ThrowsAsync<GenerationFailedException>(() => ReadAsync(""));

        Assert.Contains("after 0 tokens without a final message", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LogProbabilitiesWithoutTokens_AreOfNoInterest()
    {
        var answer = await ReadAsync(
            Lines("""{"choices":[{"token_ids":[10],"logprobs":{"token_logprobs":[-1]}}]}""", """{"choices":[{"token_ids":[],"logprobs":{"token_logprobs":[-1]},"finish_reason":"length"}]}""", "[DONE]"),
            logProbabilities: 0);

        Assert.Equal([-1f], answer.LogProbabilities.Select(entry => entry.LogProbability));
    }

    [Fact]
    public async Task ErrorAboutTheContext_IsThatOfAnArgument()
    {
        var failure = await Assert.ThrowsAsync<ContextLengthExceededException>(() => ReadAsync(Lines("""{"error":{"message":"The prompt length (9000) should not exceed max_num_tokens (8192)"}}""")));

        Assert.Contains("9000", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(64)]
    public async Task Answer_CutAnywhere_IsTheSame(int chunk)
    {
        var text = ": hello\n\n" + Lines("""{"choices":[{"token_ids":[10,11]}]}""", """{"choices":[{"token_ids":[]}]}""", """{"choices":[{"token_ids":[12],"finish_reason":"length"}]}""", "[DONE]");

        var answer = await ReadAsync(text, chunk: chunk);

        Assert.Equal([10, 11, 12], answer.TokenIds);
    }

    [Fact]
    public async Task EventLargerThanAllowed_FailsTheAnswer()
    {
        var failure = await Assert.ThrowsAsync<GenerationFailedException>(() => ReadAsync($"data: {new string(' ', 3 << 20)}"));

        Assert.Contains("more than 1 MiB (MaxMessageSize)", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LargeEvent_IsRead()
    {
        var ids = Enumerable.Range(0, 400).Select(i => 10 + (i % 10)).ToArray();
        var answer = await ReadAsync(Lines($$"""{"id":"{{new string('x', 500_000)}}","choices":[{"token_ids":[{{string.Join(',', ids)}}],"finish_reason":"length"}]}""", "[DONE]"));

        Assert.Equal(ids, answer.TokenIds);
    }

    private static string Lines(params string[] events) => string.Concat(events.Where(data => data.Length > 0).Select(data => $"data: {data}\n\n"));

    private static Task<Collected> ReadAsync(string body, int? logProbabilities = null, int? chunk = null) => ReadAsync(Encoding.UTF8.GetBytes(body), logProbabilities, chunk);

    private static async Task<Collected> ReadAsync(byte[] bytes, int? logProbabilities = null, int? chunk = null)
    {
        await using var model = new ServedModel(LlamaFp4.StandIns.StandInProtocol.Http);
        await using var server = await CannedServer.StartAsync();
        using var session = await server.ConnectAsync(model, options => options.MaxMessageSize = 1);
        server.Answer = async response =>
        {
            response.ContentType = "text/event-stream; charset=utf-8";
            for (var start = 0; start < bytes.Length; start += chunk ?? bytes.Length)
            {
                await response.Body.WriteAsync(bytes.AsMemory(start, Math.Min(chunk ?? bytes.Length, bytes.Length - start)));
                await response.Body.FlushAsync();
            }
        };
        var request = new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 500, LogProbabilities = logProbabilities };
        return await Collected.FromAsync(session.GenerateAsync(request, Cancellation), Cancellation);
    }
}
