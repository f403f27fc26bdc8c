using System.Buffers;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Prompting;

/// <summary>Writes a conversation in the template's frame, with the template's traps repaired.</summary>
internal sealed class DefaultPrompt(PromptFrame frame, PromptTemplateOptions options, GeneratedTurns generated)
{
    private const int HeaderLength = 12;

    private readonly IReadOnlyList<string>? _builtInTools = options.BuiltInTools is { Count: > 0 } names ? names : null;

    public void Write(IEnumerable<ChatMessage> messages, ChatOptions? chatOptions)
    {
        var turns = Conversation.Read(messages);
        var tools = ToolDescription.Callable(chatOptions?.Tools);
        ToolDescription.RequireDistinctNames(tools);
        int systemCount = turns.TakeWhile(IsSystem).Count();
        bool toolsInSystem = tools.Count > 0 && !options.ToolsInUserMessage;

        frame.Reserve(turns.Sum(LengthOf));
        frame.BeginOfText();
        frame.SystemHead(tools.Count > 0, _builtInTools);
        if (toolsInSystem)
        {
            frame.SystemTools(tools);
        }

        new SystemText(frame).Write(chatOptions, turns.Take(systemCount).Cast<TextTurn>());
        frame.EndOfTurn();

        WriteTurns(turns.Skip(systemCount), toolsInSystem ? [] : tools);
        if (options.AddGenerationPrompt)
        {
            frame.Header("assistant");
        }
    }

    private static bool IsSystem(Turn turn) => turn is TextTurn text && text.Role == ChatRole.System;

    /// <summary>About how many characters a turn takes with its header; calls and results are seldom long.</summary>
    private static int LengthOf(Turn turn) => HeaderLength + turn switch
    {
        TextTurn text => text.Text.Length,
        AssistantTurn assistant => assistant.Text.Length,
        _ => 0,
    };

    private void WriteTurns(IEnumerable<Turn> turns, List<AIFunctionDeclaration> tools)
    {
        var toolTurn = tools.Count > 0 ? FirstUserTurn(turns) : null;
        if (tools.Count > 0 && toolTurn is null)
        {
            frame.Header("user");
            frame.UserTools(tools);
            frame.EndOfTurn();
        }

        foreach (var turn in turns)
        {
            switch (turn)
            {
                case TextTurn text:
                    WriteText(text, text == toolTurn ? tools : []);
                    break;
                case AssistantTurn assistant:
                    WriteAssistant(assistant);
                    break;
                case ResultTurn result:
                    WriteResult(result.Result);
                    break;
            }
        }
    }

    /// <summary>The turn that takes the tools: the first of the user, unless the assistant or a tool came before it.</summary>
    private static TextTurn? FirstUserTurn(IEnumerable<Turn> turns) =>
        turns.TakeWhile(turn => turn is TextTurn).Cast<TextTurn>().FirstOrDefault(turn => turn.Role == ChatRole.User);

    private void WriteText(TextTurn turn, List<AIFunctionDeclaration> tools)
    {
        frame.Header(PythonText.Strip(turn.Role.Value));
        if (tools.Count > 0)
        {
            frame.UserTools(tools);
        }

        frame.Text(PythonText.Strip(turn.Text));
        frame.EndOfTurn();
    }

    // The one place where an assistant turn becomes tokens.
    private void WriteAssistant(AssistantTurn turn)
    {
        frame.Header("assistant");
        if (generated.Find(frame.Context, turn) is { } answer)
        {
            WriteGenerated(answer, turn);
            return;
        }

        var text = PythonText.Strip(turn.Text);
        if (turn.Calls.Count == 0)
        {
            frame.Text(text);
            frame.EndOfTurn();
            return;
        }

        // The model was trained on one call and its result at a time. Text stands before the first call.
        for (var i = 0; i < turn.Calls.Count; i++)
        {
            if (i > 0)
            {
                frame.Header("assistant");
            }

            WriteCall(text, turn.Calls[i].Content);
            text = default;
            WriteResultOf(turn.Calls[i]);
        }
    }

    /// <summary>An answer of ours in its own tokens: all its calls in one turn, as it made them, and then their results.</summary>
    private void WriteGenerated(GeneratedTurn answer, AssistantTurn turn)
    {
        frame.Generated(answer.TokenIds);
        foreach (var call in turn.Calls)
        {
            WriteResultOf(call);
        }
    }

    private void WriteResultOf(ToolCall call)
    {
        if (call.IsAnswered)
        {
            WriteResult(call.Result);
        }
    }

    private void WriteCall(ReadOnlySpan<char> text, FunctionCallContent call)
    {
        bool isBuiltIn = _builtInTools?.Contains(call.Name) is true;
        frame.Text(text);
        if (isBuiltIn || !text.IsEmpty)
        {
            frame.PythonTag();
        }

        if (isBuiltIn)
        {
            WriteBuiltInCall(call);
        }
        else
        {
            frame.Text("{\"name\": ");
            frame.Json(call.Name);
            frame.Text(", \"parameters\": ");
            frame.Json(CallArguments.Of(call));
            frame.Text("}");
        }

        if (_builtInTools is null)
        {
            frame.EndOfTurn();
        }
        else
        {
            frame.EndOfMessage();
        }
    }

    private void WriteBuiltInCall(FunctionCallContent call)
    {
        frame.Text(call.Name);
        frame.Text(".call(");
        string separator = "";
        foreach (var (name, value) in CallArguments.Of(call))
        {
            frame.Text($"{separator}{name}=\"");
            frame.Text(BuiltInValue(value).Replace("\\", "\\\\").Replace("\"", "\\\""));
            frame.Text("\"");
            separator = ", ";
        }

        frame.Text(")");
    }

    private static string BuiltInValue(object? value)
    {
        if (PythonValue.Of(value) is string text)
        {
            return text;
        }

        var json = new ArrayBufferWriter<char>();
        PythonJson.Write(json, value);
        return json.WrittenSpan.ToString();
    }

    private void WriteResult(object? result)
    {
        object? value = ToolResultValue.Of(result);
        if (value is string text && JsonText.TryParseContainer(text, out var container))
        {
            value = container;
        }

        frame.Header("ipython");
        if (PythonValue.IsContainer(value))
        {
            frame.Json(value);
        }
        else
        {
            frame.Text("{\"output\": ");
            frame.Json(value);
            frame.Text("}");
        }

        frame.EndOfTurn();
    }
}
