namespace LlamaFp4.StandIns;

/// <summary>How a stand-in behaves, and misbehaves. May be changed while it runs; a request reads it as it goes.</summary>
public sealed class StandInBehaviour
{
    /// <summary>Awaited before each message with tokens and before the last one, with the number of tokens sent so far: slow it down, hold it, or throw.</summary>
    public Func<int, CancellationToken, Task>? BeforeMessage { get; set; }

    /// <summary>Tokens gathered into one message.</summary>
    public int TokensPerMessage { get; set; } = 1;

    /// <summary>Sends a message without tokens before each one with tokens.</summary>
    public bool SendsEmptyMessages { get; set; }

    /// <summary>Repeats all earlier tokens in each message.</summary>
    public bool IsCumulative { get; set; }

    /// <summary>Ends the stream without a final message.</summary>
    public bool OmitsFinal { get; set; }

    /// <summary>Sends the final message twice.</summary>
    public bool RepeatsFinal { get; set; }

    /// <summary>Sends bytes that are no message after so many tokens.</summary>
    public int? GarbageAfter { get; set; }

    /// <summary>Breaks the stream off after so many tokens, without a status.</summary>
    public int? BreaksAfter { get; set; }

    /// <summary>Refuses requests: a gRPC status code by name (<c>Unavailable</c>, <c>ResourceExhausted</c>, …), or an HTTP status by number, and a text.</summary>
    public (string Status, string Message)? Refusal { get; set; }

    /// <summary>How many requests are refused before they are taken again; null for all.</summary>
    public int? RefusalsLeft { get; set; }

    /// <summary>Ends requests with this reason instead of the true one, in the words of the protocol.</summary>
    public string? FinishReason { get; set; }

    /// <summary>Leaves matched stop tokens out of what it sends, as servers do that do not know the field.</summary>
    public bool TrimsStopTokens { get; set; }

    /// <summary>Generates without regard to guides, in silence.</summary>
    public bool IgnoresGuides { get; set; }

    /// <summary>Counts one token more than it sends.</summary>
    public bool Miscounts { get; set; }

    /// <summary>Serves nothing but generation: questions and aborts are not implemented.</summary>
    public bool LacksControl { get; set; }

    /// <summary>What it answers when asked for its health; null if it is well.</summary>
    public string? Illness { get; set; }

    /// <summary>The vocabulary it reports; null for the engine's.</summary>
    public int? VocabularySize { get; set; }

    /// <summary>The context it reports; null for the engine's.</summary>
    public int? ContextLength { get; set; }

    /// <summary>As if started without <c>--max_seq_len</c>: what it reports of the context is not the engine's.</summary>
    public bool LacksContextLength { get; set; }

    /// <summary>Sends messages without tokens, one after the other, after so many tokens.</summary>
    public int? FloodsAfter { get; set; }

    /// <summary>Sends the beginning of a message of 2 MiB after so many tokens.</summary>
    public int? HugeAfter { get; set; }

    /// <summary>Answers under the id of another request.</summary>
    public bool MistakesRequest { get; set; }

    /// <summary>The bearer token it wants; null for none.</summary>
    public string? BearerToken { get; set; }

    internal bool TakesRefusal()
    {
        if (Refusal is null || RefusalsLeft == 0)
        {
            return false;
        }

        RefusalsLeft--;
        return true;
    }
}
