using Mesh.Actors.Control;
using Mesh.Wire.Loops;
using Xunit;

namespace Mesh.Tests.Actors.Control;

public sealed class EventLoopControlTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task PostsRunInOrder_AndTimersAfterTheirTime()
    {
        await using EventLoopControl loop = Started(out _);
        TaskCompletionSource<(string, TimeSpan)> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        string order = "";

        loop.Post(() =>
        {
            TimeSpan began = loop.Now;
            loop.After(TimeSpan.FromMilliseconds(40), () => done.SetResult((order + "t", loop.Now - began)));
            loop.After(TimeSpan.FromMilliseconds(1), () => order += "never").Cancel();
        });
        loop.Post(() => order += "1");
        loop.Post(() => order += "2");

        (string seen, TimeSpan took) = await done.Task.WaitAsync(s_patience);
        Assert.Equal("12t", seen);
        Assert.True(took >= TimeSpan.FromMilliseconds(40));
    }

    [Fact]
    public async Task ABug_IsTold_AndTheLoopGoesOn()
    {
        await using EventLoopControl loop = Started(out List<Exception> bugs);
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        loop.Post(() => throw new InvalidOperationException("post"));
        loop.Post(() => loop.After(TimeSpan.Zero, () => throw new InvalidOperationException("timer")));
        loop.Post(() => loop.After(TimeSpan.FromMilliseconds(30), done.SetResult));

        await done.Task.WaitAsync(s_patience);
        Assert.Equal(["post", "timer"], bugs.Select(bug => bug.Message));
    }

    [Fact]
    public async Task AStandstill_IsSeen_ByWhateverRunsNext()
    {
        await using EventLoopControl loop = Started(out _);
        TimeSpan stall = TimeSpan.FromMilliseconds(400);
        TaskCompletionSource<TimeSpan> seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource beating = new(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(() => loop.After(EventLoopControl.BeatInterval * 2, beating.SetResult));
        await beating.Task.WaitAsync(s_patience);

        loop.Post(() =>
        {
            // What a SIGSTOP looks like from inside: the thread does nothing while the clock runs.
            long until = EventLoop.NowNs + (long)stall.TotalNanoseconds;
            SpinWait.SpinUntil(() => EventLoop.NowNs >= until);
        });
        loop.Post(() => seen.SetResult(loop.Lateness));

        Assert.True(await seen.Task.WaitAsync(s_patience) >= stall - EventLoopControl.BeatInterval * 2);
        Assert.True(loop.TakeLongestGap() >= stall - EventLoopControl.BeatInterval * 2);
    }

    private static EventLoopControl Started(out List<Exception> bugs)
    {
        List<Exception> told = bugs = [];
        EventLoopControl loop = new(1, TimeProvider.System, told.Add);
        loop.Start();
        return loop;
    }
}
