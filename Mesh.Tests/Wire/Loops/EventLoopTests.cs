using Mesh.Wire.Loops;
using Xunit;

namespace Mesh.Tests.Wire.Loops;

/// <summary>What holds for a loop of either kind.</summary>
public sealed class EventLoopTests
{
    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task Posted_RunsInOrderOnTheLoop(TransportKind kind)
    {
        await using LoopRunner runner = new(kind);
        List<int> seen = [];
        bool elsewhere = false;

        for (int i = 0; i < 5000; i++)
        {
            runner.First.Post(
                (number, _) =>
                {
                    seen.Add((int)number!);
                    elsewhere |= !runner.First.IsCurrent;
                },
                i);
        }

        await runner.RunAsync(() => { });
        Assert.Equal(Enumerable.Range(0, 5000), seen);
        Assert.False(elsewhere);
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task NoWakeUpIsLost_WhenManyThreadsPostToASleepingLoop(TransportKind kind)
    {
        await using LoopRunner runner = new(kind);

        async Task PingAsync()
        {
            for (int i = 0; i < 3000; i++) await runner.RunAsync(() => { });
        }

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(PingAsync))).WaitAsync(LoopRunner.Patience);
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task DeferredInsideDeferred_RunsInTheNextTurn(TransportKind kind)
    {
        await using LoopRunner runner = new(kind);
        TaskCompletionSource<(long First, long Second)> turns = new();

        await runner.RunAsync(() => runner.First.Defer(
            (_, _) =>
            {
                long first = runner.First.Statistics.Turns;
                runner.First.Defer((_, _) => turns.SetResult((first, runner.First.Statistics.Turns)), null);
            },
            null));

        (long before, long after) = await turns.Task.WaitAsync(LoopRunner.Patience);
        Assert.Equal(before + 1, after);
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task CallbackThatThrows_IsToldAsABugAndTheLoopGoesOn(TransportKind kind)
    {
        await using LoopRunner runner = new(kind);

        runner.First.Post((_, _) => throw new InvalidOperationException("posted"), null);
        await runner.RunAsync(() => runner.First.Defer((_, _) => throw new InvalidOperationException("deferred"), null));
        TaskCompletionSource fired = new();
        await runner.RunAsync(() =>
        {
            new CallingTimer(_ => throw new InvalidOperationException("timer")).Set(runner.First, EventLoop.NowNs);
            new CallingTimer(_ => fired.SetResult()).Set(runner.First, EventLoop.NowNs + TimerWheel.TickNs);
        });
        await fired.Task.WaitAsync(LoopRunner.Patience);

        Assert.Equal(["deferred", "posted", "timer"], runner.Bugs.Select(bug => bug.Message).Order());
        runner.Bugs.Clear();
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task FlowReturnsToItsLoop_AfterItAwaitedSomethingForeign(TransportKind kind)
    {
        await using LoopRunner runner = new(kind);

        (bool away, bool back) = await LoopRunner.RunAsync(runner.First, async () =>
        {
            bool pooled = await Task.Run(() => !runner.First.IsCurrent);
            return (pooled, runner.First.IsCurrent);
        });

        Assert.True(away);
        Assert.True(back);
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task Timer_FiresOnAnIdleLoop_NotBeforeItsTime(TransportKind kind)
    {
        await using LoopRunner runner = new(kind);
        TaskCompletionSource<long> fired = new();
        long due = EventLoop.NowNs + 40_000_000;

        await runner.RunAsync(() => new CallingTimer(_ => fired.SetResult(EventLoop.NowNs)).Set(runner.First, due));

        Assert.True(await fired.Task.WaitAsync(LoopRunner.Patience) >= due);
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task StopAndDispose_MayComeTwice(TransportKind kind)
    {
        LoopRunner runner = new(kind, loops: 2);

        await runner.First.StopAsync().WaitAsync(LoopRunner.Patience);
        await runner.First.StopAsync().WaitAsync(LoopRunner.Patience);
        await runner.DisposeAsync();
        await runner.DisposeAsync();

        runner.First.Post((_, _) => { }, null);
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task NeverStarted_CanBeStopped(TransportKind kind)
    {
        LoopGroup group = new(1, kind, 1, _ => { });

        await group.DisposeAsync().AsTask().WaitAsync(LoopRunner.Patience);
    }
}
