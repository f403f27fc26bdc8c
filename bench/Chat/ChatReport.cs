using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using LlamaFp4.Native.Cpu;

namespace LlamaFp4.Bench.Chat;

/// <summary>All results of one run, as a table for people or as JSON.</summary>
internal sealed record ChatReport(string Machine, string Runtime, IReadOnlyList<AnswerCost> Answers, PromptCost Prompt, IReadOnlyList<Goal> Goals)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static ChatReport Create(IReadOnlyList<AnswerCost> answers, PromptCost prompt)
    {
        var (bare, client, http) = (answers[0], answers[1], answers[2]);
        return new ChatReport(
            $"{Processor.Name}, {Environment.ProcessorCount} processors, {RuntimeInformation.OSDescription}",
            RuntimeInformation.FrameworkDescription,
            answers,
            prompt,
            [
                new("client over bare session, time", "µs/token", client.MicrosecondsPerToken - bare.MicrosecondsPerToken, AtMost: 1.5),
                new("client over bare session, allocation", "B/token", client.BytesPerToken - bare.BytesPerToken, AtMost: 250),
                new("client against HTTP, speed", "times", http.MicrosecondsPerToken / client.MicrosecondsPerToken, AtLeast: 10),
                new($"prompt of {prompt.HistoryTokens} tokens and one new message", "ms", prompt.NextMilliseconds, AtMost: 2),
            ]);
    }

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public string ToTable() => string.Create(CultureInfo.InvariantCulture, $"""
        {Machine}, {Runtime}

        | Path of an answer | tokens/s | µs/token | B/token |
        |---|--:|--:|--:|
        {Lines(Answers, cost => $"| {cost.Path} | {cost.TokensPerSecond:N0} | {cost.MicrosecondsPerToken:F3} | {cost.BytesPerToken:F0} |")}

        | Prompt of a history of {Prompt.HistoryTokens:N0} tokens | ms |
        |---|--:|
        | for the first time | {Prompt.FirstMilliseconds:F2} |
        | again, with one new message | {Prompt.NextMilliseconds:F2} |

        | Goal | wanted | measured | |
        |---|--:|--:|---|
        {Lines(Goals, goal => $"| {goal.Quantity}, {goal.Unit} | {(goal.AtMost is { } most ? $"≤ {most}" : $"≥ {goal.AtLeast}")} | {goal.Measured:F2} | {(goal.IsMet ? "met" : "missed")} |")}
        """);

    private static string Lines<T>(IEnumerable<T> items, Func<T, FormattableString> toLine) =>
        string.Join('\n', items.Select(item => toLine(item).ToString(CultureInfo.InvariantCulture)));
}
