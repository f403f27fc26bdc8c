using System.Diagnostics;
using LlamaFp4.Native.Tokenization;
using LlamaFp4.Provider.Prompting;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Bench.Chat;

/// <summary>Measures how long a long conversation takes to become a prompt: for the first time, and again with one message more.</summary>
internal static class PromptBench
{
    private const int HistoryTokens = 128_000;
    private const int LaterMessages = 8;
    private const int Rounds = 15;
    private const int WarmUpRounds = 5;

    public static PromptCost Run(LlamaTokenizer tokenizer)
    {
        var messages = RealText.Messages().Select((text, i) => new ChatMessage(i % 2 == 0 ? ChatRole.User : ChatRole.Assistant, text));
        var history = TakeHistory(messages, tokenizer);
        var later = messages.Skip(history.Count).Take(LaterMessages).ToList();
        List<double> first = [];
        List<double> next = [];
        for (var round = 0; round < WarmUpRounds + Rounds; round++)
        {
            // A template knows the prompts it wrote last; a new one knows none.
            var template = new PromptTemplate(tokenizer);
            first.Add(Time(template, history));
            for (var count = 1; count <= LaterMessages; count++)
            {
                next.Add(Time(template, [.. history, .. later.Take(count)]));
            }
        }

        var tokens = new PromptTemplate(tokenizer).Encode(history).Length;
        return new PromptCost(
            tokens, Median.Of(first.Skip(WarmUpRounds)), Median.Of(next.Skip(WarmUpRounds * LaterMessages)));
    }

    private static List<ChatMessage> TakeHistory(IEnumerable<ChatMessage> messages, LlamaTokenizer tokenizer)
    {
        var tokens = 0;
        List<ChatMessage> history = [];
        foreach (var message in messages.TakeWhile(_ => tokens < HistoryTokens))
        {
            history.Add(message);
            tokens += tokenizer.Encode(message.Text).Length;
        }

        return history;
    }

    private static double Time(PromptTemplate template, List<ChatMessage> messages)
    {
        var start = Stopwatch.GetTimestamp();
        var tokenIds = template.Encode(messages);
        var elapsed = Stopwatch.GetElapsedTime(start);
        GC.KeepAlive(tokenIds);
        return elapsed.TotalMilliseconds;
    }
}

/// <summary>Milliseconds for a prompt of a history, and for the next one.</summary>
internal sealed record PromptCost(int HistoryTokens, double FirstMilliseconds, double NextMilliseconds);
