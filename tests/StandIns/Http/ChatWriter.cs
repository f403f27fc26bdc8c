using System.IO.Pipelines;
using System.Text.Json;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.StandIns.Http;

/// <summary>Events of <c>/v1/chat/completions</c>.</summary>
internal sealed class ChatWriter(PipeWriter output, string model, bool withUsage, LlamaTokenizer tokenizer) : EventWriter(output)
{
    private readonly StreamingDetokenizer _text = new(tokenizer);
    private readonly string _start =
        $$"""data: {"id":"chatcmpl-0123456789abcdef","object":"chat.completion.chunk","created":1760000000,"model":{{JsonSerializer.Serialize(model)}},"choices":[""";

    public override bool KeepsStop => false;

    public override void WriteStart()
    {
        Write(_start);
        Write("""{"index":0,"delta":{"role":"assistant"},"finish_reason":null}]}"""u8);
        Write("\n\n"u8);
    }

    public override void WriteTokens(IReadOnlyList<int> tokenIds, IReadOnlyList<TokenLogProbability> logProbabilities)
    {
        Write(_start);
        Write("""{"index":0,"delta":{"content":"""u8);
        Write(JsonSerializer.Serialize(string.Concat(tokenIds.Select(id => _text.Append([id])))));
        Write("""},"logprobs":null,"finish_reason":null,"stop_reason":null}]}"""u8);
        Write("\n\n"u8);
    }

    public override void WriteFinish(string reason, int? stopTokenId)
    {
        Write(_start);
        Write($$"""{"index":0,"delta":{"content":{{JsonSerializer.Serialize(_text.Flush())}} },"finish_reason":"{{reason}}"}]}""");
        Write("\n\n"u8);
    }

    public override void WriteUsage(int promptTokens, int completionTokens, int cachedTokens)
    {
        if (withUsage)
        {
            Write(_start);
            Write($$"""],"usage":{"prompt_tokens":{{promptTokens}},"total_tokens":{{promptTokens + completionTokens}},"completion_tokens":{{completionTokens}} """);
            Write("}}\n\n"u8);
        }
    }
}
