using System.Text.Json;

namespace LlamaFp4.Native.Sessions;

/// <summary>What may be generated: the engine masks every token that would leave it.</summary>
public abstract class Guide
{
    private protected Guide()
    {
    }

    /// <summary>The feature an engine needs to honour this guide.</summary>
    public abstract SessionFeatures Feature { get; }

    internal static JsonElement RequireJson(JsonElement schema, string name) => schema.ValueKind != JsonValueKind.Undefined
        ? schema
        : throw new ArgumentException("The element holds no JSON; expected a JSON Schema.", name);

    internal static T[] RequireItems<T>(IReadOnlyList<T> items, string name)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(items, name);
        T[] copy = [.. items];
        return !copy.Contains(null) ? copy : throw new ArgumentException("An item is null.", name);
    }
}

/// <summary>Any one JSON value.</summary>
public sealed class JsonGuide : Guide
{
    /// <inheritdoc/>
    public override SessionFeatures Feature => SessionFeatures.JsonGuide;
}

/// <summary>JSON that validates against a schema.</summary>
/// <param name="schema">A JSON Schema; the document it belongs to must live until the request's call has returned.</param>
/// <exception cref="ArgumentException"><paramref name="schema"/> holds no JSON.</exception>
public sealed class JsonSchemaGuide(JsonElement schema) : Guide
{
    /// <summary>The JSON Schema.</summary>
    public JsonElement Schema { get; } = RequireJson(schema, nameof(schema));

    /// <inheritdoc/>
    public override SessionFeatures Feature => SessionFeatures.JsonSchemaGuide;
}

/// <summary>Text that a regular expression matches from first to last character.</summary>
/// <param name="pattern">The expression; anchors are implied.</param>
/// <exception cref="ArgumentNullException"><paramref name="pattern"/> is null.</exception>
public sealed class RegexGuide(string pattern) : Guide
{
    /// <summary>The expression.</summary>
    public string Pattern { get; } = pattern ?? throw new ArgumentNullException(nameof(pattern));

    /// <inheritdoc/>
    public override SessionFeatures Feature => SessionFeatures.RegexGuide;
}

/// <summary>One of several texts.</summary>
/// <param name="choices">The texts, at least one; copied.</param>
/// <exception cref="ArgumentException"><paramref name="choices"/> is null or empty, or one of them is null.</exception>
public sealed class ChoiceGuide(IReadOnlyList<string> choices) : Guide
{
    /// <summary>The texts.</summary>
    public IReadOnlyList<string> Choices { get; } = RequireChoices(choices);

    /// <inheritdoc/>
    public override SessionFeatures Feature => SessionFeatures.ChoiceGuide;

    private static string[] RequireChoices(IReadOnlyList<string> choices) => RequireItems(choices, nameof(choices)) is { Length: > 0 } copy
        ? copy
        : throw new ArgumentException("There is no choice; expected at least one text.", nameof(choices));
}

/// <summary>Text that a grammar in extended Backus–Naur form derives from its rule <c>root</c>.</summary>
/// <param name="grammar">The grammar.</param>
/// <exception cref="ArgumentNullException"><paramref name="grammar"/> is null.</exception>
public sealed class EbnfGuide(string grammar) : Guide
{
    /// <summary>The grammar.</summary>
    public string Grammar { get; } = grammar ?? throw new ArgumentNullException(nameof(grammar));

    /// <inheritdoc/>
    public override SessionFeatures Feature => SessionFeatures.EbnfGuide;
}
