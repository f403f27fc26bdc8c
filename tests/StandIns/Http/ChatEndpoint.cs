using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.StandIns.Http;

/// <summary><c>/v1/chat/completions</c>, streaming text: what clients of OpenAI's protocol are compared on. Messages are put together without a template.</summary>
internal sealed class ChatEndpoint(StandInServer server) : EventEndpoint(server)
{
    protected override GenerationRequest ToRequest(JsonElement body)
    {
        var text = new StringBuilder();
        foreach (var message in body.GetProperty("messages").EnumerateArray())
        {
            text.Append(TextOf(message.GetProperty("content"))).Append('\n');
        }

        return new GenerationRequest
        {
            PromptTokenIds = Server.Engine.Tokenizer.Encode(text.ToString()),
            MaxNewTokens = LimitOf(body),
            Sampling = new SamplingParameters { Temperature = body.TryGetProperty("temperature", out var temperature) ? temperature.GetSingle() : 1 },
        };
    }

    protected override EventWriter CreateWriter(PipeWriter output, JsonElement body) => new ChatWriter(
        output,
        body.GetProperty("model").GetString()!,
        withUsage: body.TryGetProperty("stream_options", out var options) && options.TryGetProperty("include_usage", out var usage) && usage.GetBoolean(),
        Server.Engine.Tokenizer);

    private static string TextOf(JsonElement content) => content.ValueKind == JsonValueKind.String
        ? content.GetString()!
        : string.Concat(content.EnumerateArray().Select(part => part.GetProperty("text").GetString()));

    private static int? LimitOf(JsonElement body) =>
        body.TryGetProperty("max_completion_tokens", out var limit) || body.TryGetProperty("max_tokens", out limit) ? limit.GetInt32() : null;
}
