using LlamaFp4.Native.Cpu.KvCache;

namespace LlamaFp4.Native.Tests.Cpu.KvCache;

public sealed class PagedKvCacheTests
{
    private const int PageTokens = KvLayout.PageTokens;

    private static readonly KvLayout Layout = new(layerCount: 1, kvHeadCount: 1, headSize: 4);

    [Fact]
    public void Attach_EmptyCache_GivesNothing()
    {
        using var cache = new PagedKvCache(Layout, 4);
        using var sequence = new KvSequence(null, 4);

        Assert.Equal(0, cache.Attach(sequence, Ids(100)));
        Assert.Empty(sequence.Pages);
    }

    [Fact]
    public void Attach_WhileTheFirstStillRuns_SharesItsFullPages()
    {
        using var cache = new PagedKvCache(Layout, 8);
        using var first = Run(cache, Ids(70), computed: 70);
        using var second = new KvSequence(null, 8);

        var cached = cache.Attach(second, [.. Ids(70), 1, 2, 3]);

        Assert.Equal(2 * PageTokens, cached);
        Assert.Same(first.Pages[0], second.Pages[0]);
        Assert.Same(first.Pages[1], second.Pages[1]);
        Assert.Equal(2, first.Pages[0].Users);
    }

    [Fact]
    public void Attach_PartOfAPage_ContinuesACopy()
    {
        using var cache = new PagedKvCache(Layout, 8);
        using var first = Run(cache, Ids(50), computed: 50);
        WriteMark(first.Pages[1], 1234);
        cache.Release(first, Ids(50));
        using var second = new KvSequence(null, 8);

        var cached = cache.Attach(second, [.. Ids(45), 999, 999]);
        WriteMark(second.Pages[1], 4321);
        using var third = new KvSequence(null, 8);
        cache.Attach(third, Ids(50));

        Assert.Equal(45, cached);
        Assert.Equal(1234, ReadMark(third.Pages[1]));
    }

    [Fact]
    public void Attach_WholePromptCached_LeavesItsLastTokenToCompute()
    {
        using var cache = new PagedKvCache(Layout, 8);
        using var first = Run(cache, Ids(64), computed: 64);
        cache.Release(first, Ids(64));
        using var second = new KvSequence(null, 8);

        Assert.Equal(63, cache.Attach(second, Ids(64)));
    }

    [Fact]
    public void Attach_OtherSalt_GivesNothing()
    {
        using var cache = new PagedKvCache(Layout, 8);
        using var first = Run(cache, Ids(64), computed: 64);
        cache.Release(first, Ids(64));
        using var salted = new KvSequence("salt", 8);

        Assert.Equal(0, cache.Attach(salted, Ids(64)));
    }

    [Fact]
    public void Discard_KeepsOnlyWhatWasPublished()
    {
        using var cache = new PagedKvCache(Layout, 8);
        using var first = Run(cache, Ids(80), computed: 40);
        cache.Discard(first);
        using var second = new KvSequence(null, 8);

        Assert.Equal(1, cache.UsedPages);
        Assert.Equal(PageTokens, cache.Attach(second, Ids(80)));
    }

    [Fact]
    public void TryReserve_CacheFullOfPrefixes_EvictsTheLeastRecentlyUsed()
    {
        using var cache = new PagedKvCache(Layout, 4);
        foreach (var start in (int[])[1000, 2000])
        {
            using var sequence = Run(cache, Ids(64, start), computed: 64);
            cache.Release(sequence, Ids(64, start));
        }

        using var again = new KvSequence(null, 4);
        cache.Attach(again, Ids(64, 1000));
        cache.Release(again, Ids(63, 1000));
        using var other = Run(cache, Ids(64, 3000), computed: 64);

        using var recent = new KvSequence(null, 4);
        using var old = new KvSequence(null, 4);
        Assert.True(cache.Attach(recent, Ids(64, 1000)) >= PageTokens);
        Assert.Equal(0, cache.Attach(old, Ids(64, 2000)));
    }

    [Fact]
    public void TryReserve_AllPagesInUse_RefusesAndKeepsWhatThereIs()
    {
        using var cache = new PagedKvCache(Layout, 3);
        using var first = Run(cache, Ids(64), computed: 64);
        using var second = new KvSequence(null, 8);

        Assert.False(cache.TryReserve(second, 40));
        Assert.Single(second.Pages);
        cache.Release(first, Ids(64));
        Assert.True(cache.TryReserve(second, 90));
    }

    [Fact]
    public void HasRoomFor_CountsWhatIsFreeOrCouldBe()
    {
        using var cache = new PagedKvCache(Layout, 6);
        using var kept = Run(cache, Ids(64, 1000), computed: 64);
        cache.Release(kept, Ids(64, 1000));
        using var running = Run(cache, Ids(96), computed: 96);

        Assert.True(cache.HasRoomFor(null, Ids(96, 5000)));
        Assert.False(cache.HasRoomFor(null, Ids(97, 5000)));

        // What it shares with a running sequence costs nothing; what it shares with nobody is no longer there to be evicted.
        Assert.True(cache.HasRoomFor(null, Ids(192)));
        Assert.True(cache.HasRoomFor(null, [.. Ids(64, 1000), .. Ids(32, 5000)]));
        Assert.False(cache.HasRoomFor(null, [.. Ids(64, 1000), .. Ids(33, 5000)]));
        Assert.False(cache.HasRoomFor("salt", Ids(192)));
        Assert.Equal(5, cache.UsedPages);
    }

    [Fact]
    public void Release_SameTokensTwice_KeepsThemOnce()
    {
        using var cache = new PagedKvCache(Layout, 16);
        using var first = Run(cache, Ids(70), computed: 70);
        using var second = Run(cache, Ids(70), computed: 70);

        cache.Release(first, Ids(70));
        cache.Release(second, Ids(70));

        Assert.Equal(3, cache.UsedPages);
    }

    [Fact]
    public void Release_LongerContinuation_SupersedesTheShorterPage()
    {
        using var cache = new PagedKvCache(Layout, 16);
        using var first = Run(cache, Ids(40), computed: 40);
        cache.Release(first, Ids(40));
        using var second = new KvSequence(null, 16);
        cache.Attach(second, Ids(50));

        cache.Release(second, Ids(50));

        Assert.Equal(2, cache.UsedPages);
    }

    [Fact]
    public void AnyOrderOfUse_NeverLosesAPage()
    {
        var random = new Random(5);
        using var cache = new PagedKvCache(Layout, 12);
        var running = new List<(KvSequence Sequence, int[] Ids)>();
        for (var round = 0; round < 2000; round++)
        {
            if (running.Count < 4 && random.Next(2) == 0)
            {
                int[] ids = [.. Ids(random.Next(1, 70)), .. Ids(random.Next(1, 20), random.Next(3))];
                var sequence = new KvSequence(random.Next(3) == 0 ? "s" : null, 16);
                var hasRoom = cache.HasRoomFor(sequence.Salt, ids);
                cache.Attach(sequence, ids);
                var isReserved = cache.TryReserve(sequence, ids.Length);
                Assert.Equal(hasRoom, isReserved);
                if (isReserved)
                {
                    cache.Publish(sequence, ids);
                    running.Add((sequence, ids));
                    continue;
                }

                cache.Discard(sequence);
                sequence.Dispose();
            }
            else if (running.Count > 0)
            {
                var index = random.Next(running.Count);
                cache.Release(running[index].Sequence, running[index].Ids);
                running[index].Sequence.Dispose();
                running.RemoveAt(index);
            }
        }

        foreach (var (sequence, ids) in running)
        {
            cache.Release(sequence, ids);
            sequence.Dispose();
        }

        // Nobody uses a page any more, so one sequence can have them all.
        using var last = new KvSequence(null, 16);
        Assert.True(cache.TryReserve(last, 12 * PageTokens));
        Assert.Equal(12, last.Pages.Distinct().Count());
    }

    private static KvSequence Run(PagedKvCache cache, int[] ids, int computed)
    {
        var sequence = new KvSequence(null, 16);
        Assert.True(cache.TryReserve(sequence, ids.Length));
        cache.Publish(sequence, ids.AsSpan(0, computed));
        return sequence;
    }

    private static int[] Ids(int count, int start = 0) => [.. Enumerable.Range(start, count)];

    private static unsafe void WriteMark(KvPage page, ushort mark) => ((ushort*)page.Address)[0] = mark;

    private static unsafe ushort ReadMark(KvPage page) => ((ushort*)page.Address)[0];
}
