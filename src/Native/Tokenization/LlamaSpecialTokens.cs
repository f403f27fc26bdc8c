namespace LlamaFp4.Native.Tokenization;

/// <summary>Ids of the control tokens that frame a Llama 3.1 prompt, resolved by name from the checkpoint's tokenizer.</summary>
/// <remarks>Immutable. The names are Llama 3.1's; the ids differ between vocabularies.</remarks>
public sealed class LlamaSpecialTokens
{
    internal const string BeginOfTextName = "<|begin_of_text|>";
    internal const string EndOfTextName = "<|end_of_text|>";
    internal const string StartHeaderName = "<|start_header_id|>";
    internal const string EndHeaderName = "<|end_header_id|>";
    internal const string EndOfMessageName = "<|eom_id|>";
    internal const string EndOfTurnName = "<|eot_id|>";
    internal const string PythonTagName = "<|python_tag|>";

    internal static readonly IReadOnlyList<string> Names =
        [BeginOfTextName, EndOfTextName, StartHeaderName, EndHeaderName, EndOfMessageName, EndOfTurnName, PythonTagName];

    /// <summary><c>&lt;|begin_of_text|&gt;</c>: exactly once, first in a prompt.</summary>
    public required int BeginOfText { get; init; }

    /// <summary><c>&lt;|end_of_text|&gt;</c>: the end of a document.</summary>
    public required int EndOfText { get; init; }

    /// <summary><c>&lt;|start_header_id|&gt;</c>: before a message's role.</summary>
    public required int StartHeader { get; init; }

    /// <summary><c>&lt;|end_header_id|&gt;</c>: after a message's role.</summary>
    public required int EndHeader { get; init; }

    /// <summary><c>&lt;|eom_id|&gt;</c>: the end of a message after which the model waits for a tool's result.</summary>
    public required int EndOfMessage { get; init; }

    /// <summary><c>&lt;|eot_id|&gt;</c>: the end of a turn.</summary>
    public required int EndOfTurn { get; init; }

    /// <summary><c>&lt;|python_tag|&gt;</c>: what follows is a call or code.</summary>
    public required int PythonTag { get; init; }

    /// <summary>Every name of <see cref="Names"/> must be a special token of the tokenizer.</summary>
    internal static LlamaSpecialTokens FromAddedTokens(AddedTokens addedTokens) => new()
    {
        BeginOfText = addedTokens.IdsByText[BeginOfTextName],
        EndOfText = addedTokens.IdsByText[EndOfTextName],
        StartHeader = addedTokens.IdsByText[StartHeaderName],
        EndHeader = addedTokens.IdsByText[EndHeaderName],
        EndOfMessage = addedTokens.IdsByText[EndOfMessageName],
        EndOfTurn = addedTokens.IdsByText[EndOfTurnName],
        PythonTag = addedTokens.IdsByText[PythonTagName],
    };
}
