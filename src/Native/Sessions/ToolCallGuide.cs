using System.Text.Json;

namespace LlamaFp4.Native.Sessions;

/// <summary>Calls of declared tools in the form <c>{"name": "NAME", "parameters": {…}}</c>, optionally beside text or a JSON answer.</summary>
public sealed class ToolCallGuide : Guide
{
    /// <summary>The tools that may be called; the list is copied.</summary>
    /// <exception cref="ArgumentException">The list or one of the tools is null.</exception>
    public required IReadOnlyList<ToolSignature> Tools
    {
        get;
        init => field = RequireItems(value, nameof(Tools));
    }

    /// <summary>Whether a call must be made.</summary>
    /// <value><see langword="false"/> (default): free text, in which whatever begins as a call is one. <see langword="true"/>: nothing but calls.</value>
    public bool Required { get; init; }

    /// <summary>Whether one answer may hold several calls, separated by <c>"; "</c>.</summary>
    public bool AllowMultiple { get; init; }

    /// <summary>With this schema the answer is a call or JSON that validates against it; free text is excluded.</summary>
    /// <exception cref="ArgumentException">The element holds no JSON.</exception>
    public JsonElement? ResponseSchema
    {
        get;
        init => field = value is { } schema ? RequireJson(schema, nameof(ResponseSchema)) : null;
    }

    /// <inheritdoc/>
    public override SessionFeatures Feature => SessionFeatures.ToolCallGuide;
}

/// <summary>A tool's name and the JSON Schema of its arguments.</summary>
/// <param name="name">The name the model calls it by.</param>
/// <param name="parameters">JSON Schema of the arguments object; the document it belongs to must live until the request's call has returned.</param>
/// <exception cref="ArgumentException"><paramref name="name"/> is null, or <paramref name="parameters"/> holds no JSON.</exception>
public sealed class ToolSignature(string name, JsonElement parameters)
{
    /// <summary>The name the model calls it by.</summary>
    public string Name { get; } = name ?? throw new ArgumentNullException(nameof(name));

    /// <summary>JSON Schema of the arguments object.</summary>
    public JsonElement Parameters { get; } = Guide.RequireJson(parameters, nameof(parameters));
}
