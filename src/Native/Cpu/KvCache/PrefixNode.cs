namespace LlamaFp4.Native.Cpu.KvCache;

/// <summary>A cached prefix: the pages that may come next.</summary>
internal sealed class PrefixNode(string? salt)
{
    /// <summary>The cache salt, if this is the root of one.</summary>
    public string? Salt { get; } = salt;

    public List<KvPage> Pages { get; } = [];

    /// <summary>The full page that <paramref name="tokenIds"/> begin with; null if there is none.</summary>
    public KvPage? FullPage(ReadOnlySpan<int> tokenIds) =>
        Longest(tokenIds) is { Page: { IsFull: true } page, Length: KvLayout.PageTokens } ? page : null;

    /// <summary>The page that shares most leading ids with <paramref name="tokenIds"/>, and how many those are.</summary>
    public (KvPage? Page, int Length) Longest(ReadOnlySpan<int> tokenIds)
    {
        KvPage? longest = null;
        var length = 0;
        foreach (var page in Pages)
        {
            var common = page.TokenIds.CommonPrefixLength(tokenIds);
            if (common > length)
            {
                (longest, length) = (page, common);
            }
        }

        return (longest, length);
    }
}
