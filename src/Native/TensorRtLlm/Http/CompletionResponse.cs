using System.Text.Json;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.TensorRtLlm.Http;

/// <summary>The events of <c>/v1/completions</c> → our terms. Reads bytes in place; its lists are used again for each event.</summary>
internal sealed class CompletionResponse(ServerResponse response)
{
    private readonly List<uint> _tokenIds = [];
    private readonly List<float?> _logProbabilities = [];
    private FinishReason? _finishReason;
    private int? _stopTokenId;
    private ServerUsage _usage;

    /// <summary>Whether the mark of the end has come.</summary>
    public bool IsDone { get; private set; }

    /// <summary>One event.</summary>
    /// <exception cref="ServerFailureException">It reports a failure, or cannot be what it should.</exception>
    public void Read(ReadOnlySpan<byte> data)
    {
        if (data.SequenceEqual("[DONE]"u8))
        {
            IsDone = true;
            response.Finish(_finishReason ?? throw Violation($"ended the stream after {response.Received} tokens without a finish reason"), _stopTokenId, _usage);
            return;
        }

        try
        {
            var reader = new Utf8JsonReader(data);
            Expect(ref reader, JsonTokenType.StartObject);
            ReadChunk(ref reader);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            // Utf8JsonReader reports syntax by the first, and a value of another type by the second.
            throw new ServerFailureException(ServerFailureKind.Protocol, $"sent an event that is not a completion: {exception.Message}", exception);
        }
    }

    private void ReadChunk(ref Utf8JsonReader reader)
    {
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("choices"u8))
            {
                Expect(ref reader, JsonTokenType.StartArray);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    ReadChoice(ref reader);
                }
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                ReadUsage(ref reader);
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                ReadError(ref reader);
            }
            else
            {
                SkipValue(ref reader);
            }
        }
    }

    private void ReadChoice(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Violation("sent a choice that is not an object");
        }

        var isOver = _finishReason is not null;
        _tokenIds.Clear();
        _logProbabilities.Clear();
        var hasText = false;
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("token_ids"u8))
            {
                ReadTokenIds(ref reader);
            }
            else if (reader.ValueTextEquals("logprobs"u8))
            {
                ReadLogProbabilities(ref reader);
            }
            else if (reader.ValueTextEquals("finish_reason"u8))
            {
                reader.Read();
                _finishReason = ReasonOf(ref reader);
            }
            else if (reader.ValueTextEquals("stop_reason"u8))
            {
                // A number is a stop id; a text would be a stop string, and none was sent.
                reader.Read();
                _stopTokenId = reader.TokenType == JsonTokenType.Number ? reader.GetInt32() : null;
            }
            else if (reader.ValueTextEquals("text"u8))
            {
                reader.Read();
                hasText = reader.TokenType == JsonTokenType.String && !reader.ValueTextEquals(default(ReadOnlySpan<byte>));
            }
            else if (reader.ValueTextEquals("index"u8))
            {
                reader.Read();
                RequireFirst(reader.GetInt32());
            }
            else
            {
                SkipValue(ref reader);
            }
        }

        if (hasText && _tokenIds.Count == 0)
        {
            throw Violation("sent text instead of token ids; expected a trtllm-serve that knows \"detokenize\": false");
        }

        // A final event that is repeated changes nothing.
        if (isOver && _tokenIds.Count > 0)
        {
            throw Violation("went on after the finish reason");
        }

        Append();
    }

    private void Append()
    {
        if (_tokenIds.Count > 0)
        {
            ServerResponse.RequireAligned(_tokenIds.Count, _logProbabilities.Count);
        }

        for (var i = 0; i < _tokenIds.Count; i++)
        {
            response.Append(_tokenIds[i], i < _logProbabilities.Count ? _logProbabilities[i] : null, []);
        }
    }

    private void ReadTokenIds(ref Utf8JsonReader reader)
    {
        if (!BeginArray(ref reader))
        {
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            _tokenIds.Add(reader.GetUInt32());
        }
    }

    private void ReadLogProbabilities(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return;
        }

        while (NextProperty(ref reader))
        {
            if (!reader.ValueTextEquals("token_logprobs"u8))
            {
                SkipValue(ref reader);
            }
            else if (BeginArray(ref reader))
            {
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    _logProbabilities.Add(reader.TokenType == JsonTokenType.Null ? null : reader.GetSingle());
                }
            }
        }
    }

    private void ReadUsage(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return;
        }

        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("prompt_tokens"u8))
            {
                _usage = _usage with { PromptTokens = ReadCount(ref reader) };
            }
            else if (reader.ValueTextEquals("completion_tokens"u8))
            {
                _usage = _usage with { CompletionTokens = ReadCount(ref reader) };
            }
            else if (reader.ValueTextEquals("prompt_tokens_details"u8))
            {
                ReadUsage(ref reader);
            }
            else if (reader.ValueTextEquals("cached_tokens"u8))
            {
                _usage = _usage with { CachedPromptTokens = ReadCount(ref reader) };
            }
            else
            {
                SkipValue(ref reader);
            }
        }
    }

    // {"message", "type", "code", "param"}, or the text alone; null where there is none.
    private static void ReadError(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.Null)
        {
            using var error = JsonDocument.ParseValue(ref reader);
            throw HttpFailure.Reported(HttpFailure.MessageOf(error.RootElement) ?? error.RootElement.GetRawText());
        }
    }

    private static FinishReason? ReasonOf(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        _ when reader.ValueTextEquals("stop"u8) => FinishReason.Stop,
        _ when reader.ValueTextEquals("length"u8) => FinishReason.Length,
        _ => throw ServerFailureException.UnusualEnd(reader.GetString()!),
    };

    private static int? ReadCount(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Null ? null : reader.GetInt32();
    }

    private static bool NextProperty(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    private static bool BeginArray(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.StartArray => true,
            JsonTokenType.Null => false,
            _ => throw Violation("sent something else than a list"),
        };
    }

    private static void SkipValue(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read() || reader.TokenType != type)
        {
            throw Violation($"sent {reader.TokenType} where {type} was expected");
        }
    }

    // One sequence was asked for.
    private static void RequireFirst(int index)
    {
        if (index != 0)
        {
            throw Violation($"sent tokens of sequence {index}, which was not asked for");
        }
    }

    private static ServerFailureException Violation(string what) => new(ServerFailureKind.Protocol, what);
}
