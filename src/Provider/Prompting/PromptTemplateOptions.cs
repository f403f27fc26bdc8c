namespace LlamaFp4.Provider.Prompting;

/// <summary>How closely prompts follow the template that ships with the checkpoint.</summary>
public enum PromptTemplateMode
{
    /// <summary>The template's frame with its traps repaired: parallel calls, text beside calls, tool results, empty tool lists, missing text.</summary>
    Default,

    /// <summary>As the model's own template, its errors included; for comparing with other engines.</summary>
    Parity,
}

/// <summary>What a <see cref="PromptTemplate"/> writes besides the messages.</summary>
public sealed class PromptTemplateOptions
{
    /// <summary>The date of the checkpoint's own template.</summary>
    public const string DefaultDateText = "26 Jul 2024";

    /// <summary>How closely prompts follow the checkpoint's template.</summary>
    /// <value><see cref="PromptTemplateMode.Default"/>.</value>
    public PromptTemplateMode Mode { get; init; }

    /// <summary>The date written into the system message.</summary>
    /// <value>
    /// <c>26 Jul 2024</c>, the fixed date of the checkpoint's template: published evaluations used it, and it keeps prompts equal across midnight.
    /// Any text is allowed.
    /// </value>
    public string DateText
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = DefaultDateText;

    /// <summary>Writes this clock's local date in the form <c>26 Jul 2024</c> instead of <see cref="DateText"/>.</summary>
    /// <value><see langword="null"/> (default): <see cref="DateText"/>.</value>
    public TimeProvider? Clock { get; init; }

    /// <summary>Whether a prompt ends with an open assistant turn for the model to fill.</summary>
    /// <value><see langword="true"/>.</value>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>Whether tools stand in the first user message or in the system message.</summary>
    /// <value><see langword="true"/>: the first user message. The model does better with it.</value>
    public bool ToolsInUserMessage { get; init; } = true;

    /// <summary>Tools the model was trained to call as <c>NAME.call(key="value")</c>: <c>brave_search</c>, <c>wolfram_alpha</c>, <c>code_interpreter</c>.</summary>
    /// <value>
    /// <see langword="null"/> (default): none. While they are on, every call ends with <c>&lt;|eom_id|&gt;</c>.
    /// An empty list is none too, but counts as switched on in <see cref="PromptTemplateMode.Parity"/>.
    /// </value>
    public IReadOnlyList<string>? BuiltInTools
    {
        get;
        init => field = value is null ? null : [.. value];
    }
}
