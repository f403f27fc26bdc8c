using System.Text.Encodings.Web;
using System.Text.Json;
using AgentDemo.Scenarios;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentDemo.Conversations;

/// <summary>A conversation that goes on the next time.</summary>
internal sealed class ConversationFile(string path, Scenario scenario)
{
    private const string Format = "AgentDemo conversation, version 1";

    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // Read by people; no page shows it.
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    };

    /// <returns><see langword="null"/> if there is no such file yet.</returns>
    /// <exception cref="InvalidDataException">The file holds something else, or a conversation with another agent.</exception>
    public ChatHistory? Load()
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var content = Read();
        if (content is not { Format: Format, Messages: { Count: > 0 } messages } || messages.Contains(null!))
        {
            throw new InvalidDataException($"'{path}' is no saved conversation: expected JSON with \"format\": \"{Format}\", \"agent\" and \"messages\".");
        }

        if (content.Agent != scenario.Name)
        {
            throw new InvalidDataException($"'{path}' is a conversation with '{content.Agent}': add --agent {content.Agent}, or choose another file.");
        }

        return [.. messages];
    }

    /// <summary>Replaces the file as a whole: if the program ends meanwhile, it holds one conversation or the other.</summary>
    public void Save(ChatHistory history)
    {
        var unfinished = path + ".new";
        File.WriteAllText(unfinished, JsonSerializer.Serialize(new Content(Format, scenario.Name, [.. history]), Options));
        File.Move(unfinished, path, overwrite: true);
    }

    private Content? Read()
    {
        try
        {
            return JsonSerializer.Deserialize<Content>(File.ReadAllText(path), Options);
        }
        catch (Exception malformed) when (malformed is JsonException or NotSupportedException)
        {
            throw new InvalidDataException($"'{path}' is no saved conversation: {malformed.Message}", malformed);
        }
    }

    private sealed record Content(string? Format, string? Agent, IReadOnlyList<ChatMessageContent>? Messages);
}
