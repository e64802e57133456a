using System.Runtime.CompilerServices;
using Mesh.Wire.Loops;
using Xunit;

namespace Mesh.Tests.Wire.Loops;

public sealed class LoopSourceTests
{
    [Fact]
    public void Complete_RunsTheWaiterBeforeItReturns()
    {
        LoopSource<int> source = new();
        int seen = 0;
        _ = AwaitAsync(source.Arm(), value => seen = value);

        bool waited = source.Complete(7);

        Assert.True(waited);
        Assert.Equal(7, seen);
    }

    [Fact]
    public void Complete_HasNoEffect_WhenNobodyWaits()
    {
        LoopSource<int> source = new();

        Assert.False(source.Complete(1));
        ValueTask<int> wait = source.Arm();

        Assert.False(wait.IsCompleted);
        Assert.True(source.Complete(2));
        Assert.False(source.Complete(3));
    }

    [Fact]
    public void WaiterMayArmAgain_WhileItIsBeingCompleted()
    {
        LoopSource<int> source = new();
        List<int> seen = [];
        _ = LoopAsync(source, seen);

        for (int i = 1; i <= 3; i++) Assert.True(source.Complete(i));

        Assert.Equal([1, 2, 3], seen);
        Assert.True(source.IsArmed);
    }

    [Fact]
    public async Task CompletedBeforeItIsAwaited_GivesItsResult()
    {
        LoopSource<int> source = new();
        ValueTask<int> wait = source.Arm();
        source.Complete(5);

        Assert.Equal(5, await wait);
    }

    [Fact]
    public void ResultOfAFormerWait_CannotBeTaken()
    {
        LoopSource<int> source = new();
        ValueTask<int> former = source.Arm();
        source.Complete(1);
        ValueTask<int> present = source.Arm();

        Assert.False(present.IsCompleted);
        Assert.Throws<InvalidOperationException>(() => former.GetAwaiter().GetResult());
    }

    [Fact]
    public void ResultThatWasTaken_IsNotKeptAlive()
    {
        LoopSource<object?> source = new();
        WeakReference taken = CompleteOnce(source);

        GC.Collect();

        Assert.False(taken.IsAlive);
        Assert.False(source.IsArmed);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference CompleteOnce(LoopSource<object?> source)
    {
        object value = new();
        _ = AwaitAsync(source.Arm(), _ => { });
        source.Complete(value);
        return new WeakReference(value);
    }

    private static async Task AwaitAsync<T>(ValueTask<T> wait, Action<T> then) => then(await wait);

    private static async Task LoopAsync(LoopSource<int> source, List<int> seen)
    {
        while (true) seen.Add(await source.Arm());
    }
}
