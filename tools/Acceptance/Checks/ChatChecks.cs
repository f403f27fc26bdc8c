using System.ComponentModel;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Acceptance.Checks;

/// <summary>What an agent needs: calls of tools, and answers in a given form.</summary>
internal static class ChatChecks
{
    public static IEnumerable<AcceptanceCheck> Tasks =>
    [
        new("Chat: an answer that ends its turn", AnswerAsync),
        new("Tool calling: the model calls a function and answers from its result", (target, cancellationToken) => CallAsync(target, ChatToolMode.Auto, cancellationToken)),
        new("Tool calling: a call can be required", (target, cancellationToken) => CallAsync(target, ChatToolMode.RequireAny, cancellationToken)),
        new("Structured output: JSON of a given schema", StructureAsync),
    ];

    private static async Task<Finding> AnswerAsync(AcceptanceTarget target, CancellationToken cancellationToken)
    {
        const string question = "Hello!";
        var response = await target.Chat.GetResponseAsync(question, new ChatOptions { Temperature = 0, MaxOutputTokens = 256 }, cancellationToken);
        target.Transcript.Add((question, response.Text));
        return Finding.PassIf(response.FinishReason == ChatFinishReason.Stop && response.Text.Length > 0, $"{response.FinishReason} after {response.Usage?.OutputTokenCount} tokens");
    }

    private static async Task<Finding> CallAsync(AcceptanceTarget target, ChatToolMode mode, CancellationToken cancellationToken)
    {
        const string question = "What is the weather in Oslo?";
        List<string> cities = [];
        var weather = AIFunctionFactory.Create(
            ([Description("Name of the city")] string city) =>
            {
                cities.Add(city);
                return "12 degrees, light rain";
            },
            "get_weather",
            "Get the current weather in a city");

        using var client = target.Chat.AsBuilder().UseFunctionInvocation().Build();
        var options = new ChatOptions { Tools = [weather], ToolMode = mode, Temperature = 0, MaxOutputTokens = 256 };
        var response = await client.GetResponseAsync(question, options, cancellationToken);
        target.Transcript.Add(($"{question} (tool mode {(mode == ChatToolMode.Auto ? "auto" : "required")})", response.Text));
        return Finding.PassIf(
            cities.Count > 0 && cities.TrueForAll(city => city.Contains("Oslo", StringComparison.OrdinalIgnoreCase)) && response.Text.Length > 0,
            cities.Count == 0 ? "No call was made." : $"Called for {string.Join(", ", cities)}; answered \"{Excerpt(response.Text)}\"");
    }

    private static async Task<Finding> StructureAsync(AcceptanceTarget target, CancellationToken cancellationToken)
    {
        const string question = "Anna is 34 years old and lives in Bergen. Give her name, age and city as JSON.";
        using var schema = JsonDocument.Parse("""
            {
              "type": "object",
              "properties": { "name": { "type": "string", "maxLength": 40 }, "age": { "type": "integer", "minimum": 0, "maximum": 150 }, "city": { "type": "string", "maxLength": 40 } },
              "required": ["name", "age", "city"],
              "additionalProperties": false
            }
            """);
        var options = new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(schema.RootElement, "person"), Temperature = 0, MaxOutputTokens = 256 };
        var response = await target.Chat.GetResponseAsync(question, options, cancellationToken);
        target.Transcript.Add((question, response.Text));
        using var person = JsonDocument.Parse(response.Text);
        var names = person.RootElement.EnumerateObject().Select(member => member.Name).ToList();
        return Finding.PassIf(
            names.SequenceEqual(["name", "age", "city"]) && person.RootElement.GetProperty("age").TryGetInt32(out _),
            Excerpt(response.Text));
    }

    private static string Excerpt(string text) => text.Length <= 80 ? text : $"{text[..79]}…";
}
