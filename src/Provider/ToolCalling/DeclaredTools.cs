using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.ToolCalling;

/// <summary>The tools a model may call in one answer: their names, and how their calls are read.</summary>
internal sealed class DeclaredTools
{
    private const string CodeInterpreter = "code_interpreter";

    private readonly Dictionary<string, JsonElement> _schemas = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JsonElement>.AlternateLookup<ReadOnlySpan<char>> _schemasBySpan;

    public DeclaredTools(IEnumerable<AIFunctionDeclaration> tools)
    {
        foreach (var tool in tools)
        {
            _schemas[tool.Name] = tool.JsonSchema;
        }

        _schemasBySpan = _schemas.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public int Count => _schemas.Count;

    /// <summary>Whether code behind the control token is a call.</summary>
    public bool HasCodeInterpreter => _schemas.ContainsKey(CodeInterpreter);

    public bool Contains(ReadOnlySpan<char> name) => _schemasBySpan.ContainsKey(name);

    public bool HasNameBeginningWith(ReadOnlySpan<char> text)
    {
        foreach (var name in _schemas.Keys)
        {
            if (name.AsSpan().StartsWith(text))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The call of an object in any of the forms that Llama models write.</summary>
    public bool TryReadCall(string json, [NotNullWhen(true)] out FunctionCallContent? call)
    {
        call = null;
        if (!ModelJson.TryParse(json, out var root)
            || NameOf(root) is not { } name
            || !_schemas.ContainsKey(name)
            || !TryReadArguments(root, out var arguments))
        {
            return false;
        }

        call = CreateCall(name, arguments);
        return true;
    }

    /// <summary>The call that runs code.</summary>
    public FunctionCallContent CreateCodeCall(string code) => CreateCall(CodeInterpreter, ModelJson.ObjectOf("code", code));

    /// <summary>A call with an id of its own and with arguments of the types that the tool declares.</summary>
    public FunctionCallContent CreateCall(string name, JsonElement arguments) =>
        FunctionCallContent.CreateFromParsedArguments(arguments, $"call_{Guid.NewGuid():N}", name, element => ToDictionary(element, _schemas[name]));

    private static string? NameOf(JsonElement root)
    {
        if (root.TryGetProperty("name", out var name))
        {
            return StringOrNull(name);
        }

        if (!root.TryGetProperty("function", out var function))
        {
            return null;
        }

        return function.ValueKind == JsonValueKind.Object && function.TryGetProperty("name", out name)
            ? StringOrNull(name)
            : StringOrNull(function);
    }

    private static string? StringOrNull(JsonElement element) =>
        element.ValueKind == JsonValueKind.String ? element.GetString() : null;

    private static bool TryReadArguments(JsonElement root, out JsonElement arguments)
    {
        if (!TryFindArguments(root, out arguments) || arguments.ValueKind == JsonValueKind.Null)
        {
            arguments = ModelJson.EmptyObject;
            return true;
        }

        if (arguments.ValueKind == JsonValueKind.String && !ModelJson.TryParse(arguments.GetString()!, out arguments))
        {
            return false;
        }

        return arguments.ValueKind == JsonValueKind.Object;
    }

    private static bool TryFindArguments(JsonElement root, out JsonElement arguments) =>
        root.TryGetProperty("parameters", out arguments)
        || root.TryGetProperty("arguments", out arguments)
        || (root.TryGetProperty("function", out var function)
            && function.ValueKind == JsonValueKind.Object
            && TryFindArguments(function, out arguments));

    private static Dictionary<string, object?> ToDictionary(JsonElement arguments, JsonElement schema)
    {
        Dictionary<string, object?> result = new(StringComparer.Ordinal);
        foreach (var argument in arguments.EnumerateObject())
        {
            // The last of several equal keys wins, as in every JSON reader of the peers.
            result[argument.Name] = ArgumentCoercion.Coerce(argument.Name, argument.Value, schema);
        }

        return result;
    }
}
