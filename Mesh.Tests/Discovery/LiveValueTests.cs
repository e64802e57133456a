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
