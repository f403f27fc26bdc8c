using LlamaFp4.Native.Cpu.Scheduling;

namespace LlamaFp4.Native.Tests.Cpu.Scheduling;

public sealed class ComputeThreadsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Run_EveryThread_TakesPartOnce(int count)
    {
        using var threads = new ComputeThreads(count);
        var calls = new int[count];

        for (var run = 0; run < 100; run++)
        {
            threads.Run(thread => Interlocked.Increment(ref calls[thread]));
        }

        Assert.Equal(Enumerable.Repeat(100, count), calls);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Synchronize_Stages_SeeAllOfTheStageBefore(int count)
    {
        using var threads = new ComputeThreads(count);
        var written = new int[count];
        var missed = 0;

        threads.Run(thread =>
        {
            for (var stage = 1; stage <= 1000; stage++)
            {
                Volatile.Write(ref written[thread], stage);
                threads.Synchronize();
                for (var other = 0; other < count; other++)
                {
                    if (Volatile.Read(ref written[other]) != stage)
                    {
                        Interlocked.Increment(ref missed);
                    }
                }

                threads.Synchronize();
            }
        });

        Assert.Equal(0, missed);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Run_OneThreadFails_ThrowsReleasesTheOthersAndWorksAgain(int failing)
    {
        using var threads = new ComputeThreads(3);
        for (var round = 0; round < 50; round++)
        {
            var exception = Assert.Throws<InvalidOperationException>(() => threads.Run(thread =>
            {
                threads.Synchronize();
                if (thread == failing)
                {
                    throw new InvalidOperationException("no more pages");
                }

                threads.Synchronize();
                threads.Synchronize();
            }));

            Assert.Equal("no more pages", exception.Message);
            var finished = 0;
            threads.Run(_ =>
            {
                threads.Synchronize();
                Interlocked.Increment(ref finished);
            });
            Assert.Equal(3, finished);
        }
    }
}
