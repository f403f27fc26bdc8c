using LlamaFp4.Native.Tokenization;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Prompting;

/// <summary>The parts of a prompt that both modes write alike.</summary>
internal sealed class PromptFrame(PromptSegments segments, LlamaSpecialTokens tokens, string dateText)
{
    // The missing spaces after the full stops are the template's own.
    private const string SystemToolText =
        "You have access to the following functions. To call a function, please respond with JSON for a function call." +
        "Respond in the format {\"name\": function name, \"parameters\": dictionary of argument name and its value}." +
        "Do not use variables.\n\n";

    private const string UserToolText =
        "Given the following functions, please respond with a JSON for a function call with its proper arguments " +
        "that best answers the given prompt.\n\n" +
        "Respond in the format {\"name\": function name, \"parameters\": dictionary of argument name and its value}." +
        "Do not use variables.\n\n";

    public void Reserve(int characters) => segments.Reserve(characters);

    public void BeginOfText() => segments.Control(tokens.BeginOfText);

    public void Header(ReadOnlySpan<char> role)
    {
        segments.Control(tokens.StartHeader);
        segments.Text(role);
        segments.Control(tokens.EndHeader);
        segments.Text("\n\n");
    }

    /// <summary>Where in which conversation the next turn stands.</summary>
    public int Context => segments.Context;

    public void Generated(ReadOnlySpan<int> tokenIds) => segments.Generated(tokenIds);

    public void Text(ReadOnlySpan<char> text) => segments.Text(text);

    public void Json(object? value, bool indented = false) => segments.Json(value, indented);

    public void PythonTag() => segments.Control(tokens.PythonTag);

    public void EndOfMessage() => segments.Control(tokens.EndOfMessage);

    public void EndOfTurn() => segments.Control(tokens.EndOfTurn);

    /// <summary>The head of the system message: environment, built-in tools and dates.</summary>
    public void SystemHead(bool hasTools, IReadOnlyList<string>? builtInTools)
    {
        Header("system");
        if (hasTools || builtInTools is not null)
        {
            Text("Environment: ipython\n");
        }

        if (builtInTools is not null)
        {
            // code_interpreter is switched on by the environment line and never listed.
            Text($"Tools: {string.Join(", ", builtInTools.Where(name => name != "code_interpreter"))}\n\n");
        }

        Text("Cutting Knowledge Date: December 2023\nToday Date: ");
        Text(dateText);
        Text("\n\n");
    }

    public void SystemTools(IReadOnlyList<AIFunctionDeclaration> tools) => Tools(SystemToolText, tools);

    public void UserTools(IReadOnlyList<AIFunctionDeclaration> tools) => Tools(UserToolText, tools);

    private void Tools(string introduction, IReadOnlyList<AIFunctionDeclaration> tools)
    {
        Text(introduction);
        foreach (var tool in tools)
        {
            Json(ToolDescription.Describe(tool), indented: true);
            Text("\n\n");
        }
    }
}
