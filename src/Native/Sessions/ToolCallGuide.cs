using System.Text.Json;

namespace LlamaFp4.Native.Sessions;

/// <summary>Calls of declared tools in the form <c>{"name": "NAME", "parameters": {…}}</c>, optionally beside text or a JSON answer.</summary>
public sealed class ToolCallGuide : Guide
{
    /// <summary>The tools that may be called.</summary>
    public required IReadOnlyList<ToolSignature> Tools { get; init; }

    /// <summary>Whether a call must be made.</summary>
    /// <value><see langword="false"/> (default): free text, in which whatever begins as a call is one. <see langword="true"/>: nothing but calls.</value>
    public bool Required { get; init; }

    /// <summary>Whether one answer may hold several calls, separated by <c>"; "</c>.</summary>
    public bool AllowMultiple { get; init; }

    /// <summary>With this schema the answer is a call or JSON that validates against it; free text is excluded.</summary>
    public JsonElement? ResponseSchema { get; init; }

    /// <inheritdoc/>
    public override SessionFeatures Feature => SessionFeatures.ToolCallGuide;
}

/// <summary>A tool's name and the JSON Schema of its arguments.</summary>
/// <param name="name">The name the model calls it by.</param>
/// <param name="parameters">JSON Schema of the arguments object.</param>
public sealed class ToolSignature(string name, JsonElement parameters)
{
    /// <summary>The name the model calls it by.</summary>
    public string Name { get; } = name;

    /// <summary>JSON Schema of the arguments object.</summary>
    public JsonElement Parameters { get; } = parameters;
}
