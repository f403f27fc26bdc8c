using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Telemetry;

/// <summary>How a request ended, in the words of the tag <c>llamafp4.outcome</c>.</summary>
internal static class RequestOutcome
{
    public const string Stop = "stop";
    public const string Length = "length";

    /// <summary>Cancelled, or its enumeration was left before the end.</summary>
    public const string Cancelled = "cancelled";

    /// <summary>Refused because the queue was full.</summary>
    public const string Overloaded = "overloaded";

    public const string Failed = "failed";

    public static string Of(FinishReason reason) => reason == FinishReason.Stop ? Stop : Length;

    public static string Of(Exception failure) => failure switch
    {
        OperationCanceledException => Cancelled,
        SessionOverloadedException => Overloaded,
        _ => Failed,
    };
}
