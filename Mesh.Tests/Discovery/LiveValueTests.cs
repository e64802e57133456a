using Mesh.Discovery.Names;
using Xunit;

namespace Mesh.Tests.Discovery;

public sealed class LiveValueTests
{
    [Fact]
    public void TellsOnlyChangesAndOnlyWhoListens()
    {
        var live = new LiveValue<string>("a");
        int told = 0;
        IDisposable subscription = live.OnChange(() => told++);

        Assert.False(live.Set("a"));
        Assert.True(live.Set("b"));
        subscription.Dispose();
        live.Set("c");

        Assert.Equal(1, told);
        Assert.Equal("c", live.Current);
        Assert.False(live.HasSubscribers);
    }

    [Fact]
    public void SubscribersComeAndGoInAnyOrder()
    {
        var live = new LiveValue<string>("");
        List<int> told = [];
        IDisposable[] subscriptions = [.. Enumerable.Range(0, 5).Select(i => live.OnChange(() => told.Add(i)))];

        foreach (int gone in (int[])[2, 0, 4, 0]) subscriptions[gone].Dispose();
        using IDisposable late = live.OnChange(() => told.Add(5));
        live.Set("a");

        Assert.Equal([1, 3, 5], told);
    }

    [Fact]
    public void ASubscriberMoreCostsTheSameHoweverManyThereAre()
    {
        var live = new LiveValue<string>("");
        for (int i = 0; i < 10_000; i++) live.OnChange(() => { });
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 100; i++) live.OnChange(() => { }).Dispose();

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 100 * 200);
    }

    [Fact]
    public async Task SerializedActionNeverOverlapsAndAlwaysRunsAfterTheLastRequest()
    {
        int running = 0;
        int requested = 0;
        var seen = new LiveValue<string>("0");
        bool overlapped = false;
        var action = new SerializedAction(() =>
        {
            overlapped |= Interlocked.Increment(ref running) > 1;
            string now = Volatile.Read(ref requested).ToString(System.Globalization.CultureInfo.InvariantCulture);
            Interlocked.Decrement(ref running);
            seen.Set(now);
        });

        Parallel.For(0, 1000, _ =>
        {
            Interlocked.Increment(ref requested);
            action.Request();
        });

        await seen.Until(value => value == "1000");
        Assert.False(overlapped);
    }
}
