namespace LlamaFp4.Native.Tokenization;

/// <summary>Ids of the control tokens that frame a Llama 3.1 prompt, resolved by name from the checkpoint's tokenizer.</summary>
public sealed class LlamaSpecialTokens
{
    /// <summary><c>&lt;|begin_of_text|&gt;</c></summary>
    public required int BeginOfText { get; init; }

    /// <summary><c>&lt;|end_of_text|&gt;</c></summary>
    public required int EndOfText { get; init; }

    /// <summary><c>&lt;|start_header_id|&gt;</c></summary>
    public required int StartHeader { get; init; }

    /// <summary><c>&lt;|end_header_id|&gt;</c></summary>
    public required int EndHeader { get; init; }

    /// <summary><c>&lt;|eom_id|&gt;</c></summary>
    public required int EndOfMessage { get; init; }

    /// <summary><c>&lt;|eot_id|&gt;</c></summary>
    public required int EndOfTurn { get; init; }

    /// <summary><c>&lt;|python_tag|&gt;</c></summary>
    public required int PythonTag { get; init; }
}
