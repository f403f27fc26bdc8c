using System.ClientModel;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;
using LlamaFp4.Provider;
using Microsoft.Extensions.AI;
using OpenAI;

namespace LlamaFp4.Bench.Chat;

/// <summary>Measures what a token costs between engine and caller: from the bare session, through our client, and through HTTP.</summary>
internal static class AnswerBench
{
    private const int Tokens = 2_000;
    private const int Rounds = 15;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly ChatMessage[] Question = [new(ChatRole.User, "How does it work?")];

    /// <summary>The costs of the three paths, in this order.</summary>
    public static async Task<IReadOnlyList<AnswerCost>> RunAsync(LlamaTokenizer tokenizer)
    {
        var answer = tokenizer.Encode(RealText.Take(Tokens * 8))[..Tokens];
        var texts = ToTexts(tokenizer, answer);
        using var session = new ReplaySession(tokenizer, answer);
        using var client = new LlamaFp4ChatClient(session);
        await using var server = await EventStreamServer.StartAsync(texts);
        using var openAI = ToChatClient(server.Endpoint);

        var request = new GenerationRequest { PromptTokenIds = tokenizer.Encode(Question[0].Text) };
        var characters = texts.Sum(text => text.Length);
        (AnswerPath Path, int Expected)[] paths =
        [
            (new("bare session", 2_000, () => ReadAsync(session, request)), Tokens),
            (new("LlamaFp4ChatClient", 100, () => ReadAsync(client)), characters),
            (new("OpenAI client over HTTP", 5, () => ReadAsync(openAI)), characters),
        ];

        foreach (var (path, _) in paths)
        {
            await path.WarmUpAsync(WarmUp);
        }

        // In turn, so that a slow moment of the machine meets all of them.
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (path, expected) in paths)
            {
                await path.MeasureAsync(Tokens, expected);
            }
        }

        return [.. paths.Select(entry => entry.Path.ToCost())];
    }

    private static List<string> ToTexts(LlamaTokenizer tokenizer, int[] tokenIds)
    {
        var detokenizer = new StreamingDetokenizer(tokenizer);
        List<string> texts = [.. tokenIds.Select(id => detokenizer.Append([id]))];
        texts[^1] += detokenizer.Flush();
        return texts;
    }

    private static IChatClient ToChatClient(Uri endpoint) =>
        new OpenAIClient(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = endpoint }).GetChatClient("replay").AsIChatClient();

    private static async Task<int> ReadAsync(ReplaySession session, GenerationRequest request)
    {
        var tokens = 0;
        await foreach (var delta in session.GenerateAsync(request))
        {
            tokens += delta.TokenIds.Length;
        }

        return tokens;
    }

    private static async Task<int> ReadAsync(IChatClient client)
    {
        var characters = 0;
        await foreach (var update in client.GetStreamingResponseAsync(Question))
        {
            characters += update.Text.Length;
        }

        return characters;
    }
}
