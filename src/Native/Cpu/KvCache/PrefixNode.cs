namespace LlamaFp4.Native.Cpu.KvCache;

/// <summary>A cached prefix: the pages that may come next. Either empty, a <see cref="PrefixRoot"/>, or up to the end of a <see cref="KvPage"/>.</summary>
internal abstract class PrefixNode
{
    /// <summary>The first of the pages that continue this prefix; the others follow by <see cref="KvPage.NextSibling"/>.</summary>
    public KvPage? FirstPage { get; private set; }

    /// <summary>The full page that <paramref name="tokenIds"/> begin with; null if there is none.</summary>
    public KvPage? FullPage(ReadOnlySpan<int> tokenIds) =>
        Longest(tokenIds) is { Page: { IsFull: true } page, Length: KvLayout.PageTokens } ? page : null;

    /// <summary>The page that shares most leading ids with <paramref name="tokenIds"/>, and how many those are.</summary>
    public (KvPage? Page, int Length) Longest(ReadOnlySpan<int> tokenIds)
    {
        KvPage? longest = null;
        var length = 0;
        for (var page = FirstPage; page is not null; page = page.NextSibling)
        {
            var common = page.TokenIds.CommonPrefixLength(tokenIds);
            if (common > length)
            {
                (longest, length) = (page, common);
            }
        }

        return (longest, length);
    }

    public void Add(KvPage page)
    {
        page.NextSibling = FirstPage;
        if (FirstPage is not null)
        {
            FirstPage.PreviousSibling = page;
        }

        FirstPage = page;
    }

    public void Remove(KvPage page)
    {
        if (page.PreviousSibling is { } previous)
        {
            previous.NextSibling = page.NextSibling;
        }
        else
        {
            FirstPage = page.NextSibling;
        }

        if (page.NextSibling is { } next)
        {
            next.PreviousSibling = page.PreviousSibling;
        }

        (page.PreviousSibling, page.NextSibling) = (null, null);
    }
}

/// <summary>The empty prefix under a cache salt; null is the common one.</summary>
internal sealed class PrefixRoot(string? salt) : PrefixNode
{
    public string? Salt { get; } = salt;
}
