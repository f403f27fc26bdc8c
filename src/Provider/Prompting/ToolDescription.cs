using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Prompting;

/// <summary>Tools in the shape the template prints them in.</summary>
internal static class ToolDescription
{
    /// <summary>The tools that can be called; other kinds are left out.</summary>
    public static List<AIFunctionDeclaration> Callable(IEnumerable<AITool>? tools) =>
        tools is null ? [] : [.. tools.OfType<AIFunctionDeclaration>()];

    public static void RequireDistinctNames(IReadOnlyList<AIFunctionDeclaration> tools)
    {
        var names = new HashSet<string>(tools.Count, StringComparer.Ordinal);
        foreach (var tool in tools)
        {
            if (string.IsNullOrWhiteSpace(tool.Name))
            {
                throw new ArgumentException("A tool has no name.");
            }

            if (!names.Add(tool.Name))
            {
                throw new ArgumentException($"Two tools are named '{tool.Name}'; the model could not tell them apart.");
            }
        }
    }

    public static KeyValuePair<string, object?>[] Describe(AIFunctionDeclaration tool) =>
    [
        new("type", "function"),
        new("function", new KeyValuePair<string, object?>[]
        {
            new("name", tool.Name),
            new("description", tool.Description),
            new("parameters", tool.JsonSchema),
        }),
    ];
}
