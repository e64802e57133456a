using System.Collections.Concurrent;
using Mesh.Wire.Loops;
using Xunit;

namespace Mesh.Tests.Wire.Loops;

/// <summary>Started loops for one test; steps of the test run on them. Ends them, and fails the test when a callback threw.</summary>
internal sealed class LoopRunner : IAsyncDisposable
{
    /// <summary>Generous: a test that waits so long has failed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public LoopRunner(TransportKind kind = TransportKind.Auto, int loops = 1)
    {
        Group = new LoopGroup(loops, kind, 42, Bugs.Enqueue);
        Group.Start();
    }

    public LoopGroup Group { get; }

    public EventLoop First => Group.Loops[0];

    /// <summary>Exceptions that escaped from callbacks; a test that wants them takes them out.</summary>
    public ConcurrentQueue<Exception> Bugs { get; } = new();

    public Task RunAsync(Action step) => RunAsync(First, () =>
    {
        step();
        return true;
    });

    public Task<T> RunAsync<T>(Func<T> step) => RunAsync(First, step);

    /// <summary>Runs a step on a loop.</summary>
    public static Task<T> RunAsync<T>(EventLoop loop, Func<T> step) => RunAsync(loop, () => new ValueTask<T>(step()));

    /// <summary>Runs a step on a loop and waits for what it awaits there.</summary>
    public static async Task<T> RunAsync<T>(EventLoop loop, Func<ValueTask<T>> step)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(static (body, source) => _ = CompleteAsync((Func<ValueTask<T>>)body!, (TaskCompletionSource<T>)source!), step, done);
        return await done.Task.WaitAsync(Patience);
    }

    /// <summary>Turns the wheel far ahead, so that every deadline within that time fires now. Later timers of this loop come late.</summary>
    public Task PassAsync(TimeSpan time) => RunAsync(() => First.Wheel.Advance(EventLoop.NowNs + time.Ticks * 100));

    public async ValueTask DisposeAsync()
    {
        await Group.DisposeAsync();
        Assert.Empty(Bugs);
    }

    private static async Task CompleteAsync<T>(Func<ValueTask<T>> step, TaskCompletionSource<T> done)
    {
        try
        {
            done.SetResult(await step());
        }
        catch (Exception error)
        {
            done.SetException(error);
        }
    }
}

/// <summary>The kinds of transport that this machine has.</summary>
internal sealed class TransportKinds : TheoryData<TransportKind>
{
    public TransportKinds()
    {
        Add(TransportKind.Sockets);
        if (OperatingSystem.IsLinux()) Add(TransportKind.Epoll);
    }
}
