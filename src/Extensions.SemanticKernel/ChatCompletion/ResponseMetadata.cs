using LlamaFp4.Provider;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Extensions.SemanticKernel.ChatCompletion;

/// <summary>What an answer reports beside its content, under the names that Semantic Kernel's connectors use.</summary>
internal static class ResponseMetadata
{
    private const string Id = "Id";
    private const string CreatedAt = "CreatedAt";
    private const string Usage = "Usage";
    private const string FinishReason = "FinishReason";
    private const string LogProbabilities = "LogProbabilities";
    private const string StopSequence = "StopSequence";

    private static readonly string[] Keys = [Id, CreatedAt, Usage, FinishReason, LogProbabilities, StopSequence];

    /// <summary>Of a whole answer; its usage is the sum over all rounds to the model.</summary>
    public static Dictionary<string, object?> Of(ChatResponse response)
    {
        Dictionary<string, object?> metadata = new()
        {
            [Id] = response.ResponseId,
            [CreatedAt] = response.CreatedAt,
            [Usage] = response.Usage,
            [FinishReason] = response.FinishReason?.Value,
        };
        AddDetails(metadata, response.RawRepresentation as LlamaFp4ResponseDetails);
        return metadata;
    }

    /// <summary>Of a part of a stream: the last part of each round to the model has that round's usage and finish reason.</summary>
    /// <returns><see langword="null"/> for a part that has only content, as most have.</returns>
    public static Dictionary<string, object?>? Of(ChatResponseUpdate update)
    {
        var usage = update.Contents.OfType<UsageContent>().FirstOrDefault()?.Details;
        if (usage is null && update.FinishReason is null && update.RawRepresentation is not LlamaFp4ResponseDetails)
        {
            return null;
        }

        Dictionary<string, object?> metadata = new() { [Id] = update.ResponseId, [CreatedAt] = update.CreatedAt };
        if (usage is not null)
        {
            metadata[Usage] = usage;
        }

        if (update.FinishReason is { } reason)
        {
            metadata[FinishReason] = reason.Value;
        }

        AddDetails(metadata, update.RawRepresentation as LlamaFp4ResponseDetails);
        return metadata;
    }

    /// <summary>The properties of a message that do not come from here.</summary>
    public static AdditionalPropertiesDictionary? Without(AdditionalPropertiesDictionary? properties)
    {
        foreach (var key in Keys)
        {
            properties?.Remove(key);
        }

        return properties is { Count: > 0 } ? properties : null;
    }

    private static void AddDetails(Dictionary<string, object?> metadata, LlamaFp4ResponseDetails? details)
    {
        if (details is { LogProbabilities.Count: > 0 })
        {
            metadata[LogProbabilities] = details.LogProbabilities;
        }

        if (details is { StopSequence: { } stopSequence })
        {
            metadata[StopSequence] = stopSequence;
        }
    }
}
