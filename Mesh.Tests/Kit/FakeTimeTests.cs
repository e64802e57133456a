using Xunit;

namespace Mesh.Tests.Kit;

public sealed class FakeTimeTests
{
    [Fact]
    public void Timers_FireInOrderOfDueTimeThenCreation()
    {
        FakeTime time = new();
        List<string> fired = [];
        using ITimer late = time.CreateTimer(_ => fired.Add("late"), null, TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);
        using ITimer first = time.CreateTimer(_ => fired.Add("first"), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        using ITimer second = time.CreateTimer(_ => fired.Add("second"), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(["first", "second", "late"], fired);
    }

    [Fact]
    public void Callback_SeesItsOwnDueTime()
    {
        FakeTime time = new();
        DateTimeOffset start = time.GetUtcNow();
        TimeSpan seen = default;
        using ITimer timer = time.CreateTimer(_ => seen = time.GetUtcNow() - start, null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);

        time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(TimeSpan.FromSeconds(3), seen);
        Assert.Equal(TimeSpan.FromMinutes(1), time.GetUtcNow() - start);
        Assert.Equal(TimeSpan.FromMinutes(1), time.GetElapsedTime(0));
    }

    [Fact]
    public void PeriodicTimer_FiresOncePerPeriodAndStopsWhenDisposed()
    {
        FakeTime time = new();
        int count = 0;
        ITimer timer = time.CreateTimer(_ => count++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

        time.Advance(TimeSpan.FromSeconds(5));
        timer.Dispose();
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(3, count);
        Assert.Equal(0, time.PendingTimers);
        Assert.False(timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public async Task Delay_EndsWhenTheClockReachesIt()
    {
        FakeTime time = new();
        Task delay = Task.Delay(TimeSpan.FromSeconds(30), time);

        time.Advance(TimeSpan.FromSeconds(29));
        bool early = delay.IsCompleted;
        bool moved = time.AdvanceToNext();

        Assert.False(early);
        Assert.True(moved);
        await delay.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
