using System.Text.Json;
using LlamaFp4.Provider.Prompting;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Prompting;

/// <summary>Short ways to write conversations, and to leave the fixed system head out of what a test expects.</summary>
internal static class Prompts
{
    private const string PlainHead =
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n";

    private const string ToolHead =
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nEnvironment: ipython\n" +
        "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n";

    public static PromptTemplateOptions Parity { get; } = new() { Mode = PromptTemplateMode.Parity };

    public static string Render(IEnumerable<ChatMessage> messages, ChatOptions? options = null, PromptTemplateOptions? template = null) =>
        new PromptTemplate(TestTokenizer.Instance, template).Render(messages, options);

    /// <summary>What follows the system head: the system text and the turns.</summary>
    public static string Turns(IEnumerable<ChatMessage> messages, ChatOptions? options = null, PromptTemplateOptions? template = null)
    {
        string rendered = Render(messages, options, template);
        string head = rendered.StartsWith(ToolHead, StringComparison.Ordinal) ? ToolHead : PlainHead;
        Assert.StartsWith(head, rendered, StringComparison.Ordinal);
        return rendered[head.Length..];
    }

    public static ChatMessage SystemText(string text) => new(ChatRole.System, text);

    public static ChatMessage User(string text) => new(ChatRole.User, text);

    public static ChatMessage Assistant(params AIContent[] contents) => new(ChatRole.Assistant, contents);

    public static ChatMessage Results(params AIContent[] contents) => new(ChatRole.Tool, contents);

    public static FunctionCallContent Call(string id, string name, string arguments = "{}") =>
        new(id, name, ToJson(arguments).EnumerateObject().ToDictionary(member => member.Name, member => (object?)member.Value));

    public static FunctionResultContent Result(string id, object? result) => new(id, result);

    public static JsonElement ToJson(string json) => JsonElement.Parse(json);

    public static AIFunctionDeclaration Tool(string name, string description = "", string schema = "{}") => new DeclaredTool(name, description, ToJson(schema));

    public static ChatOptions With(params AITool[] tools) => new() { Tools = [.. tools] };

    private sealed class DeclaredTool(string name, string description, JsonElement schema) : AIFunctionDeclaration
    {
        public override string Name => name;

        public override string Description => description;

        public override JsonElement JsonSchema => schema;
    }
}
