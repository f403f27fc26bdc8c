using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Prompting;

/// <summary>A message in the shape the template reads: a role, one content, perhaps calls.</summary>
internal sealed record ParityMessage(string Role, object? Content, List<FunctionCallContent> Calls)
{
    public bool IsToolResult => Role is "tool" or "ipython";

    /// <remarks>Instructions count as a first system message; each result counts as a message of its own.</remarks>
    public static List<ParityMessage> Read(IEnumerable<ChatMessage> messages, string? instructions)
    {
        List<ParityMessage> read = [];
        if (instructions is not null)
        {
            read.Add(new ParityMessage("system", instructions, []));
        }

        foreach (var message in messages)
        {
            Read(message ?? throw new ArgumentException("A message is null.", nameof(messages)), read);
        }

        return read;
    }

    private static void Read(ChatMessage message, List<ParityMessage> read)
    {
        var results = message.Contents.OfType<FunctionResultContent>().ToList();
        var calls = message.Contents.OfType<FunctionCallContent>().ToList();
        var texts = message.Contents.Select(ContentText.Read).OfType<string>().ToList();
        if (texts.Count > 1)
        {
            throw new FeatureNotSupportedException("In parity mode a message holds one text: the template prints a list of parts as Python source.");
        }

        string role = message.Role.Value;
        if (results.Count == 0 || calls.Count > 0 || texts.Count > 0)
        {
            read.Add(new ParityMessage(role, texts.FirstOrDefault(), calls));
        }

        string toolRole = role is "ipython" ? role : "tool";
        read.AddRange(results.Select(result => new ParityMessage(toolRole, ToolResultValue.Of(result.Result), [])));
    }
}
