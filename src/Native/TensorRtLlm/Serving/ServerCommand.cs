using System.Buffers;

namespace LlamaFp4.Native.TensorRtLlm.Serving;

/// <summary>A program with its arguments, as the operating system takes them: a list, never one line for a shell.</summary>
/// <param name="FileName">Full path of the program.</param>
/// <param name="Arguments">Its arguments, unquoted.</param>
/// <param name="Environment">Variables added to those of this process.</param>
internal sealed record ServerCommand(string FileName, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)
{
    // What a POSIX shell takes literally.
    private static readonly SearchValues<char> PlainCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%");

    /// <summary>The command as one would type it in a shell, without the variables: they may hold secrets. For people to read.</summary>
    public override string ToString() => string.Join(' ', Arguments.Prepend(FileName).Select(Quote));

    private static string Quote(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(PlainCharacters)
        ? text
        : $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
