using LlamaFp4.Native.Cpu.Scheduling;

namespace LlamaFp4.Native.Tests.Cpu.Scheduling;

public sealed class ComputeThreadsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Run_EveryItemOfEveryStage_IsDoneOnceAndAfterTheStageBefore(int count)
    {
        using var threads = new ComputeThreads(count);
        var done = new int[17];
        var (stage, tooEarly) = (0, 0);

        for (var run = 0; run < 50; run++)
        {
            var first = stage;
            threads.Run(thread =>
            {
                for (var own = first; own < first + 20; own++)
                {
                    foreach (var item in thread.Items(17))
                    {
                        if (done.Any(times => Volatile.Read(ref times) < own))
                        {
                            Interlocked.Increment(ref tooEarly);
                        }

                        Interlocked.Increment(ref done[item]);
                    }
                }
            });
            stage += 20;
            Assert.Equal(Enumerable.Repeat(stage, 17), done);
        }

        Assert.Equal(0, tooEarly);
    }

    [Fact]
    public void Run_StageWithoutItems_IsPassed()
    {
        using var threads = new ComputeThreads(3);
        var after = 0;

        threads.Run(thread =>
        {
            foreach (var _ in thread.Items(0))
            {
                after = -100;
            }

            foreach (var _ in thread.Items(5))
            {
                Interlocked.Increment(ref after);
            }
        });

        Assert.Equal(5, after);
    }

    [Fact]
    public async Task Run_ThreadThatDoesNotCome_IsNotWaitedFor()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var threads = new ComputeThreads(2);
        using var held = new ManualResetEventSlim();
        var isHeld = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var items = 0;

        // The second thread stands still before its first item; the caller does all there is.
        var run = Task.Run(
            () =>
            {
                threads.Run(thread =>
                {
                    if (thread.Index == 1)
                    {
                        isHeld.SetResult();
                        held.Wait(cancellation);
                    }

                    for (var stage = 0; stage < 10; stage++)
                    {
                        foreach (var _ in thread.Items(4))
                        {
                            Interlocked.Increment(ref items);
                        }
                    }
                });
            },
            cancellation);
        await run;
        Assert.Equal(40, items);

        // It finds the stages over and takes nothing of the next run that is not its own.
        await isHeld.Task;
        held.Set();
        threads.Run(thread =>
        {
            foreach (var _ in thread.Items(4))
            {
                Interlocked.Increment(ref items);
            }
        });
        Assert.Equal(44, items);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Run_AnItemFails_ThrowsAndWorksAgain(int failing)
    {
        using var threads = new ComputeThreads(3);
        for (var round = 0; round < 100; round++)
        {
            var exception = Assert.Throws<InvalidOperationException>(() => threads.Run(thread =>
            {
                for (var stage = 0; stage < 5; stage++)
                {
                    foreach (var item in thread.Items(6))
                    {
                        if (stage == 2 && item == failing)
                        {
                            throw new InvalidOperationException("no more pages");
                        }
                    }
                }
            }));

            Assert.Equal("no more pages", exception.Message);
            var items = 0;
            threads.Run(thread =>
            {
                foreach (var _ in thread.Items(30))
                {
                    Interlocked.Increment(ref items);
                }
            });
            Assert.Equal(30, items);
        }
    }

    [Fact]
    public void Run_Over_ParksTheThreads()
    {
        using var threads = new ComputeThreads(3);
        for (var run = 0; run < 10; run++)
        {
            threads.Run(thread =>
            {
                foreach (var _ in thread.Items(9))
                {
                    Thread.SpinWait(10);
                }
            });

            Assert.True(SpinWait.SpinUntil(() => threads.Parked == 2, StepGate.Patience));
        }
    }

    [Fact]
    public async Task Dispose_WhileTheThreadsAreStillStarting_Returns()
    {
        for (var round = 0; round < 2000; round++)
        {
            var threads = new ComputeThreads(3);
            Thread.SpinWait(round);

            await Task.Run(threads.Dispose, TestContext.Current.CancellationToken).WaitAsync(StepGate.Patience, TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData(1, 100, 4)]
    [InlineData(2, 128, 4)]
    [InlineData(3, 99, 16)]
    [InlineData(64, 48, 16)]
    public void Rows_AllChunks_CoverEveryRowOnceInWholeUnits(int threadCount, int rows, int unit)
    {
        using var threads = new ComputeThreads(threadCount);
        var thread = new ComputeThread(threads, 0, SpinBudget.None);

        var chunks = Enumerable.Range(0, thread.Chunks(rows, unit)).Select(chunk => thread.Rows(chunk, rows, unit)).ToList();

        Assert.Equal(0, chunks[0].First);
        Assert.Equal(rows, chunks[^1].Last);
        Assert.Equal(chunks.SkipLast(1).Select(chunk => chunk.Last), chunks.Skip(1).Select(chunk => chunk.First));
        Assert.All(chunks, chunk => Assert.Equal(0, chunk.First % unit));
    }
}
