using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider;

/// <content>Options that come as loose key-value pairs.</content>
public sealed partial class LlamaFp4ChatClient
{
    /// <summary>Reads the additional properties that mean something here; their values come as any number type, text or JSON.</summary>
    private sealed class AdditionalOptions(AdditionalPropertiesDictionary? properties, Action<string, string> logIgnored)
    {
        public float? MinP => (float?)ReadNumber("min_p");

        public float? RepetitionPenalty => (float?)ReadNumber("repetition_penalty");

        public int? Priority => ReadInteger("priority");

        public string? CacheSalt => Find("cache_salt") is { } salt ? Convert.ToString(salt, CultureInfo.InvariantCulture) : null;

        /// <summary>OpenAI's pair: <c>logprobs</c> switches them on, <c>top_logprobs</c> is the number of alternatives.</summary>
        public int? LogProbabilities => Find("logprobs") switch
        {
            null => null,
            JsonElement { ValueKind: JsonValueKind.False } or false => null,
            JsonElement { ValueKind: JsonValueKind.True } or true => ReadInteger("top_logprobs") ?? 0,
            _ => ReadInteger("logprobs"),
        };

        private object? Find(string key) => properties is not null && properties.TryGetValue(key, out var value) ? value : null;

        private int? ReadInteger(string key)
        {
            var number = ReadNumber(key);
            if (number is null || (number == Math.Floor(number.Value) && Math.Abs(number.Value) <= int.MaxValue))
            {
                return (int?)number;
            }

            logIgnored(key, "it is not a whole number");
            return null;
        }

        private double? ReadNumber(string key)
        {
            var value = Find(key);
            if (value is null or JsonElement { ValueKind: JsonValueKind.Null })
            {
                return null;
            }

            if (double.TryParse(Convert.ToString(value, CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            {
                return number;
            }

            logIgnored(key, "it is not a number");
            return null;
        }
    }
}
