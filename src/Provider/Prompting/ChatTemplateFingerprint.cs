using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Provider.Prompting;

/// <summary>Whose chat template a checkpoint carries.</summary>
public enum ChatTemplateOrigin
{
    /// <summary>The checkpoint has no chat template.</summary>
    Absent,

    /// <summary>The template of Llama 3.1 Instruct (and 3.3), which <see cref="PromptTemplate"/> writes.</summary>
    Llama31Instruct,

    /// <summary>Another template: prompts of <see cref="PromptTemplate"/> may not be what the model was trained on.</summary>
    Foreign,
}

/// <summary>Tells whether a checkpoint was made for the prompts that <see cref="PromptTemplate"/> writes. Templates are compared, never run.</summary>
public static class ChatTemplateFingerprint
{
    // The template of Llama-3.1-8B-Instruct and Llama-3.3-70B-Instruct without its final newline.
    private const string Llama31InstructSha256 = "93C0E9AA3629BBD77E68DBC0F5621F6E6B23AA8D74B932595CDB8D64684526D7";

    /// <summary>Compares the template in <c>chat_template.jinja</c>, or else in <c>tokenizer_config.json</c>.</summary>
    /// <param name="checkpointDirectory">The checkpoint's directory.</param>
    /// <returns>Whose template it is.</returns>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="CheckpointException"><c>tokenizer_config.json</c> is not JSON.</exception>
    public static ChatTemplateOrigin Identify(string checkpointDirectory)
    {
        ArgumentException.ThrowIfNullOrEmpty(checkpointDirectory);
        if (ReadTemplate(checkpointDirectory) is not { } template)
        {
            return ChatTemplateOrigin.Absent;
        }

        return Sha256(template) == Llama31InstructSha256 ? ChatTemplateOrigin.Llama31Instruct : ChatTemplateOrigin.Foreign;
    }

    /// <summary>Hash of a template, which may or may not be stored with a final newline.</summary>
    internal static string Sha256(string template) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(template.EndsWith('\n') ? template[..^1] : template)));

    private static string? ReadTemplate(string checkpointDirectory)
    {
        string templatePath = Path.Combine(checkpointDirectory, "chat_template.jinja");
        if (File.Exists(templatePath))
        {
            return File.ReadAllText(templatePath);
        }

        string configPath = Path.Combine(checkpointDirectory, "tokenizer_config.json");
        if (!File.Exists(configPath))
        {
            return null;
        }

        try
        {
            using var stream = File.OpenRead(configPath);
            using var config = JsonDocument.Parse(stream);
            return config.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("chat_template", out var template)
                ? ReadTemplate(template)
                : null;
        }
        catch (JsonException exception)
        {
            throw new CheckpointException(configPath, null, $"is not JSON: {exception.Message}", exception);
        }
    }

    /// <summary>The setting is one template, or a list of named ones of which <c>default</c> is used for chat.</summary>
    private static string? ReadTemplate(JsonElement setting) => setting.ValueKind switch
    {
        JsonValueKind.String => setting.GetString(),
        JsonValueKind.Array => setting.EnumerateArray().Select(ReadDefault).FirstOrDefault(template => template is not null),
        _ => null,
    };

    private static string? ReadDefault(JsonElement named) =>
        named.ValueKind == JsonValueKind.Object &&
        named.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String && name.ValueEquals("default") &&
        named.TryGetProperty("template", out var template) && template.ValueKind == JsonValueKind.String
            ? template.GetString()
            : null;
}
