using System.Text;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Prompting;

/// <summary>What the model reads of a content.</summary>
internal static class ContentText
{
    /// <summary>Text of a content, or <see langword="null"/> if it is not meant for the model.</summary>
    public static string? Read(AIContent content) => content switch
    {
        TextContent text => text.Text,
        ErrorContent { ErrorCode: "Refusal" } refusal => refusal.Message,
        DataContent data => Inline(data),
        UriContent uri => throw NotText(uri.MediaType),
        _ => null,
    };

    private static string Inline(DataContent data)
    {
        bool isText = data.MediaType.StartsWith("text/", StringComparison.OrdinalIgnoreCase);
        int charset = data.MediaType.IndexOf("charset=", StringComparison.OrdinalIgnoreCase);
        if (!isText || (charset >= 0 && !IsUtf8(data.MediaType.AsSpan(charset + "charset=".Length))))
        {
            throw NotText(data.MediaType);
        }

        return Encoding.UTF8.GetString(data.Data.Span);
    }

    private static bool IsUtf8(ReadOnlySpan<char> charset)
    {
        charset = charset.Trim('"');
        return charset.StartsWith("utf-8", StringComparison.OrdinalIgnoreCase) || charset.StartsWith("us-ascii", StringComparison.OrdinalIgnoreCase);
    }

    private static FeatureNotSupportedException NotText(string mediaType) =>
        new($"The model reads text; content of media type '{mediaType}' cannot be sent to it. Inline data is read if it is text in UTF-8.");
}
