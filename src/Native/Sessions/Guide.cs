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
}

/// <summary>Any one JSON value.</summary>
public sealed class JsonGuide : Guide
{
    /// <inheritdoc/>
    public override SessionFeatures Feature => SessionFeatures.JsonGuide;
}

/// <summary>JSON that validates against a schema.</summary>
/// <param name="schema">A JSON Schema object.</param>
public sealed class JsonSchemaGuide(JsonElement schema) : Guide
{
    /// <summary>The JSON Schema.</summary>
    public JsonElement Schema { get; } = schema;

    /// <inheritdoc/>
    public override SessionFeatures Feature => SessionFeatures.JsonSchemaGuide;
}

/// <summary>Text that a regular expression matches from first to last character.</summary>
/// <param name="pattern">The expression; anchors are implied.</param>
public sealed class RegexGuide(string pattern) : Guide
{
    /// <summary>The expression.</summary>
    public string Pattern { get; } = pattern;

    /// <inheritdoc/>
    public override SessionFeatures Feature => SessionFeatures.RegexGuide;
}

/// <summary>One of several texts.</summary>
/// <param name="choices">The texts, at least one.</param>
public sealed class ChoiceGuide(IReadOnlyList<string> choices) : Guide
{
    /// <summary>The texts.</summary>
    public IReadOnlyList<string> Choices { get; } = choices;

    /// <inheritdoc/>
    public override SessionFeatures Feature => SessionFeatures.ChoiceGuide;
}

/// <summary>Text that a grammar in extended Backus–Naur form derives from its rule <c>root</c>.</summary>
/// <param name="grammar">The grammar.</param>
public sealed class EbnfGuide(string grammar) : Guide
{
    /// <summary>The grammar.</summary>
    public string Grammar { get; } = grammar;

    /// <inheritdoc/>
    public override SessionFeatures Feature => SessionFeatures.EbnfGuide;
}
