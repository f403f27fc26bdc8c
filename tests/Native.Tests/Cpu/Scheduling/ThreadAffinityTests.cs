using LlamaFp4.Native.Cpu.Scheduling;

namespace LlamaFp4.Native.Tests.Cpu.Scheduling;

/// <summary>On Linux and Windows; elsewhere there is nothing to test.</summary>
public sealed class ThreadAffinityTests
{
    [Fact]
    public void AllowedProcessors_AreAsManyAsTheRuntimeCounts()
    {
        Assert.SkipUnless(ThreadAffinity.IsSupported, "Needs Linux or Windows.");

        var processors = ThreadAffinity.AllowedProcessors();

        // A limit on processor time lowers the runtime's count, not the mask.
        Assert.True(processors.Length >= Environment.ProcessorCount);
        Assert.Equal(processors.Order().Distinct(), processors);
    }

    [Fact]
    public void TryPin_LeavesOneProcessorToThatThreadAndAllToThoseItStarts()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells a thread's own mask.");
        var all = ThreadAffinity.AllowedProcessors();
        int[] own = [], child = [];

        Join(() =>
        {
            Assert.True(ThreadAffinity.TryPin(all[^1]));
            own = ThreadAffinity.AllowedProcessors();
            Join(() => child = ThreadAffinity.AllowedProcessors());
        });

        Assert.Equal([all[^1]], own);
        Assert.Equal(all, child);
    }

    [Fact]
    public void TryPin_NoSuchProcessor_ReturnsFalse()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has a mask that long.");

        Join(() => Assert.False(ThreadAffinity.TryPin(8191)));
    }

    [Fact]
    public void Run_WithProcessors_KeepsEachThreadOnItsOwn()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells a thread's own mask.");
        var all = ThreadAffinity.AllowedProcessors();
        var seen = new int[3][];

        Join(() =>
        {
            using var threads = new ComputeThreads(3, all);
            using var barrier = new Barrier(3);
            threads.Run(thread =>
            {
                foreach (var _ in thread.Items(3))
                {
                    // Holds every thread until each has one item.
                    barrier.SignalAndWait(StepGate.Patience);
                    seen[thread.Index] = ThreadAffinity.AllowedProcessors();
                }
            });
        });

        Assert.Equal(Enumerable.Range(0, 3).Select(index => all[index % all.Length]), seen.Select(Assert.Single<int>));
    }

    private static void Join(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }
}
