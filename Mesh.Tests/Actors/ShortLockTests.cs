using Mesh.Actors.Dispatch;
using Xunit;

namespace Mesh.Tests.Actors;

public sealed class ShortLockTests
{
    private const int Threads = 4;
    private const int TurnsEach = 50_000;

    private ShortLock _lock;
    private int _inside;
    private int _met;
    private int _count;

    [Fact]
    public void LetsOneInAtATime_AndEachInTheEnd()
    {
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(_ => new Thread(TakeTurns))];

        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();

        Assert.Equal(0, _met);
        Assert.Equal(Threads * TurnsEach, _count);
    }

    private void TakeTurns()
    {
        for (int i = 0; i < TurnsEach; i++)
        {
            _lock.Enter();
            if (Interlocked.Increment(ref _inside) != 1) _met++;
            _count++;
            Interlocked.Decrement(ref _inside);
            _lock.Exit();
        }
    }
}
