using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Prompting;

/// <summary>The text of the system message: instructions, leading system messages and the response format, an empty line between them.</summary>
internal sealed class SystemText(PromptFrame frame)
{
    private bool _begun;

    public void Write(ChatOptions? chatOptions, IEnumerable<TextTurn> systemTurns)
    {
        Add(chatOptions?.Instructions);
        foreach (var turn in systemTurns)
        {
            Add(turn.Text);
        }

        if (chatOptions?.ResponseFormat is not ChatResponseFormatJson format)
        {
            return;
        }

        if (format.Schema is { } schema)
        {
            Add("Give your final answer as JSON that matches this JSON Schema, with nothing before or after it:");
            frame.Text("\n\n");
            frame.Json(schema, indented: true);
        }
        else
        {
            Add("Give your final answer as JSON, with nothing before or after it.");
        }
    }

    private void Add(string? part)
    {
        var text = PythonText.Strip(part);
        if (text.IsEmpty)
        {
            return;
        }

        if (_begun)
        {
            frame.Text("\n\n");
        }

        frame.Text(text);
        _begun = true;
    }
}
