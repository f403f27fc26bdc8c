using System.Buffers;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Prompting;

/// <summary>Writes a conversation as the template of Llama 3.1 Instruct does, oddities and errors included.</summary>
/// <remarks>The response format is not written: the template has no place for it.</remarks>
internal sealed class ParityPrompt(PromptFrame frame, PromptTemplateOptions options)
{
    public void Write(IEnumerable<ChatMessage> messages, ChatOptions? chatOptions)
    {
        var remaining = new Queue<ParityMessage>(ParityMessage.Read(messages, chatOptions?.Instructions));
        if (remaining.Count == 0)
        {
            throw new ArgumentException("The template needs at least one message: it reads the role of the first.");
        }

        // An empty list counts as tools.
        bool hasTools = chatOptions?.Tools is not null;
        var tools = ToolDescription.Callable(chatOptions?.Tools);

        frame.BeginOfText();
        WriteSystem(remaining, hasTools, tools);
        if (hasTools && options.ToolsInUserMessage)
        {
            WriteToolTurn(remaining, tools);
        }

        foreach (var message in remaining)
        {
            WriteMessage(message);
        }

        if (options.AddGenerationPrompt)
        {
            frame.Header("assistant");
        }
    }

    private void WriteSystem(Queue<ParityMessage> remaining, bool hasTools, List<AIFunctionDeclaration> tools)
    {
        frame.SystemHead(hasTools, options.BuiltInTools);
        if (hasTools && !options.ToolsInUserMessage)
        {
            frame.SystemTools(tools);
        }

        if (remaining.Peek().Role == "system")
        {
            frame.Text(PythonText.Strip(Printed(remaining.Dequeue().Content)));
        }

        frame.EndOfTurn();
    }

    private void WriteToolTurn(Queue<ParityMessage> remaining, List<AIFunctionDeclaration> tools)
    {
        if (!remaining.TryDequeue(out var first))
        {
            throw new ArgumentException("Cannot put tools in the first user message when there's no first user message!");
        }

        frame.Header("user");
        frame.UserTools(tools);
        frame.Text(PythonText.Strip(Printed(first.Content)));
        frame.EndOfTurn();
    }

    private void WriteMessage(ParityMessage message)
    {
        if (message.Calls.Count > 0)
        {
            WriteCall(message.Calls);
            return;
        }

        frame.Header(message.IsToolResult ? "ipython" : message.Role);
        if (!message.IsToolResult)
        {
            frame.Text(PythonText.Strip(Printed(message.Content)));
        }
        else if (message.Content is string || PythonValue.IsContainer(message.Content))
        {
            // A string is iterable to the template, which is why it is quoted.
            frame.Json(message.Content);
        }
        else
        {
            frame.Text(Printed(message.Content));
        }

        frame.EndOfTurn();
    }

    private void WriteCall(List<FunctionCallContent> calls)
    {
        if (calls is not [var call])
        {
            throw new ArgumentException("This model only supports single tool-calls at once!");
        }

        frame.Header("assistant");
        if (options.BuiltInTools?.Contains(call.Name) is true)
        {
            frame.PythonTag();
            frame.Text($"{call.Name}.call({string.Join(", ", CallArguments.Of(call).Select(BuiltInArgument))})");
        }
        else
        {
            frame.Text($"{{\"name\": \"{call.Name}\", \"parameters\": ");
            frame.Json(CallArguments.Of(call));
            frame.Text("}");
        }

        if (options.BuiltInTools is null)
        {
            frame.EndOfTurn();
        }
        else
        {
            frame.EndOfMessage();
        }
    }

    private static string BuiltInArgument(KeyValuePair<string, object?> argument) => PythonValue.Of(argument.Value) is string text
        ? $"{argument.Key}=\"{text}\""
        : throw new ArgumentException($"The template takes only text as an argument of a built-in tool; '{argument.Key}' is something else.");

    /// <summary>A content as Python's <c>str()</c> prints it.</summary>
    private static string Printed(object? content)
    {
        switch (content)
        {
            case null:
                return "None";
            case string text:
                return text;
            case bool flag:
                return flag ? "True" : "False";
            case not null when PythonValue.IsContainer(content):
                throw new FeatureNotSupportedException("The template prints an object or array at this place as Python source.");
            default:
                var number = new ArrayBufferWriter<char>();
                PythonJson.Write(number, content);
                return number.WrittenSpan.ToString();
        }
    }
}
