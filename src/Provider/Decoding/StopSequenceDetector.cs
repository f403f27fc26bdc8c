using System.Buffers;
using System.Text;

namespace LlamaFp4.Provider.Decoding;

/// <summary>Finds stop strings in streamed text, even when one is split across tokens.</summary>
/// <remarks>
/// Only the longest end of the text that could still grow into a stop string is held back. The match that is complete first wins, among those
/// complete at the same character the longest: what reading character by character gives, so the result does not depend on the chunks.
/// </remarks>
internal sealed class StopSequenceDetector
{
    public const int MaxCount = 32;

    private readonly string[] _sequences;
    private readonly int[][] _fallbacks;
    private readonly int[] _matched;
    private readonly SearchValues<char> _firstCharacters;

    public StopSequenceDetector(IReadOnlyList<string> sequences)
    {
        _sequences = [.. sequences];
        _fallbacks = [.. _sequences.Select(ToFallbacks)];
        _matched = new int[_sequences.Length];
        _firstCharacters = SearchValues.Create([.. _sequences.Select(sequence => sequence[0])]);
    }

    /// <summary>The stop string that ended the text; nothing comes out after it.</summary>
    public string? Match { get; private set; }

    /// <summary>Throws if a list of stop strings cannot be searched for.</summary>
    public static void Validate(IEnumerable<string> sequences, string parameterName)
    {
        var count = 0;
        foreach (var sequence in sequences)
        {
            if (string.IsNullOrEmpty(sequence))
            {
                throw new ArgumentException("A stop sequence must have at least one character.", parameterName);
            }

            if (HasLoneSurrogate(sequence))
            {
                throw new ArgumentException("A stop sequence must be well-formed UTF-16: it holds half a surrogate pair.", parameterName);
            }

            if (++count > MaxCount)
            {
                throw new ArgumentException($"At most {MaxCount} stop sequences are possible.", parameterName);
            }
        }
    }

    /// <summary>The text that is now safe to show.</summary>
    public string Append(string text)
    {
        if (Match is not null)
        {
            return "";
        }

        var held = Held;
        if (held.Length == 0 && !text.AsSpan().ContainsAny(_firstCharacters))
        {
            return text;
        }

        for (var i = 0; i < text.Length; i++)
        {
            if (Advance(text[i]) is { } match)
            {
                Match = match;
                return Join(held, text, held.Length + i + 1 - match.Length);
            }
        }

        return Join(held, text, held.Length + text.Length - Held.Length);
    }

    /// <summary>What was held back; the search starts anew behind it.</summary>
    public string Flush()
    {
        if (Match is not null)
        {
            return "";
        }

        var held = Held.ToString();
        Array.Clear(_matched);
        return held;
    }

    /// <summary>The held text is always the beginning of the stop string that has matched furthest.</summary>
    private ReadOnlySpan<char> Held
    {
        get
        {
            var longest = 0;
            for (var i = 1; i < _matched.Length; i++)
            {
                longest = _matched[i] > _matched[longest] ? i : longest;
            }

            return _matched.Length == 0 ? [] : _sequences[longest].AsSpan(0, _matched[longest]);
        }
    }

    private string? Advance(char character)
    {
        string? match = null;
        for (var i = 0; i < _sequences.Length; i++)
        {
            var sequence = _sequences[i];
            var length = NextLength(sequence, _fallbacks[i], _matched[i], character);
            _matched[i] = length;
            if (length == sequence.Length && length > (match?.Length ?? 0))
            {
                match = sequence;
            }
        }

        return match;
    }

    /// <summary>How much of the sequence the text matches with one more character (Knuth–Morris–Pratt).</summary>
    private static int NextLength(string sequence, int[] fallbacks, int length, char character)
    {
        while (length > 0 && sequence[length] != character)
        {
            length = fallbacks[length - 1];
        }

        return sequence[length] == character ? length + 1 : 0;
    }

    /// <summary>For each beginning of the sequence: the length of its longest proper end that is a beginning too.</summary>
    private static int[] ToFallbacks(string sequence)
    {
        var fallbacks = new int[sequence.Length];
        for (var i = 1; i < sequence.Length; i++)
        {
            fallbacks[i] = NextLength(sequence, fallbacks, fallbacks[i - 1], sequence[i]);
        }

        return fallbacks;
    }

    private static string Join(ReadOnlySpan<char> held, string text, int length)
    {
        if (held.Length == 0)
        {
            return length == text.Length ? text : text[..length];
        }

        return length <= held.Length
            ? held[..length].ToString()
            : string.Concat(held, text.AsSpan(0, length - held.Length));
    }

    private static bool HasLoneSurrogate(ReadOnlySpan<char> text)
    {
        while (Rune.DecodeFromUtf16(text, out _, out var consumed) == OperationStatus.Done)
        {
            text = text[consumed..];
        }

        return text.Length > 0;
    }
}
