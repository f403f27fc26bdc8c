using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.StandIns.Http;

/// <summary>Events of <c>/v1/completions</c>, with every field that the real server writes.</summary>
internal sealed class CompletionWriter(PipeWriter output, string model, bool keepsStop, bool withUsage, LlamaTokenizer tokenizer) : EventWriter(output)
{
    private readonly string _start =
        $$"""data: {"id":"cmpl-0123456789abcdef","object":"text_completion","created":1760000000,"model":{{JsonSerializer.Serialize(model)}},"choices":[""";

    public override bool KeepsStop => keepsStop;

    public override void WriteTokens(IReadOnlyList<int> tokenIds, IReadOnlyList<TokenLogProbability> logProbabilities)
    {
        Write(_start);
        Write("""{"index":0,"text":"","token_ids":["""u8);
        for (var i = 0; i < tokenIds.Count; i++)
        {
            if (i > 0)
            {
                Write(","u8);
            }

            Write(tokenIds[i]);
        }

        Write("""],"logprobs":"""u8);
        if (logProbabilities.Count == 0)
        {
            Write("null"u8);
        }
        else
        {
            WriteLogProbabilities(logProbabilities);
        }

        Write(""","finish_reason":null,"stop_reason":null,"avg_decoded_tokens_per_iter":null}],"usage":null}"""u8);
        Write("\n\n"u8);
    }

    public override void WriteFinish(string reason, int? stopTokenId)
    {
        Write(_start);
        Write($$"""{"index":0,"text":"","token_ids":[],"logprobs":null,"finish_reason":"{{reason}}","stop_reason":{{stopTokenId?.ToString(CultureInfo.InvariantCulture) ?? "null"}},"avg_decoded_tokens_per_iter":1.0}],"usage":null}""");
        Write("\n\n"u8);
    }

    public override void WriteUsage(int promptTokens, int completionTokens, int cachedTokens)
    {
        if (withUsage)
        {
            Write(_start);
            Write($$"""],"usage":{"prompt_tokens":{{promptTokens}},"total_tokens":{{promptTokens + completionTokens}},"completion_tokens":{{completionTokens}},"prompt_tokens_details":{"cached_tokens":{{cachedTokens}} """);
            Write("}}}\n\n"u8);
        }
    }

    // Tokens and alternatives are told as text.
    private void WriteLogProbabilities(IReadOnlyList<TokenLogProbability> probabilities)
    {
        Write("""{"text_offset":["""u8);
        Write(string.Join(',', probabilities.Select(_ => "0")));
        Write("""],"token_logprobs":["""u8);
        Write(string.Join(',', probabilities.Select(entry => entry.LogProbability.ToString("R", CultureInfo.InvariantCulture))));
        Write("""],"tokens":["""u8);
        Write(string.Join(',', probabilities.Select(entry => TextOf(entry.TokenId))));
        Write("""],"top_logprobs":["""u8);
        Write(string.Join(',', probabilities.Select(CandidatesOf)));
        Write("]}"u8);
    }

    private string CandidatesOf(TokenLogProbability entry) => $"{{{string.Join(',', entry.Alternatives.Append(entry)
        .Select(candidate => $"{TextOf(candidate.TokenId)}:{candidate.LogProbability.ToString("R", CultureInfo.InvariantCulture)}"))}}}";

    private string TextOf(int tokenId) => JsonSerializer.Serialize(tokenizer.Decode([tokenId]));
}
