namespace Mesh.Actors.Dispatch;

/// <summary>Where turns run. The seam between actors and threads: a simulation runs every actor in one thread through it.</summary>
public abstract class Dispatcher
{
    /// <summary>
    /// Messages a turn. More is faster for one busy actor, less is fairer to the others. Akka's 30 stands without a time limit; here the quantum
    /// ends a turn of slow messages long before, and a hundred of the smallest are over in 3 microseconds.
    /// </summary>
    public const int DefaultThroughput = 100;

    /// <summary>Time after which a turn ends even with messages left.</summary>
    public static readonly TimeSpan DefaultQuantum = TimeSpan.FromMilliseconds(1);

    /// <summary>Most messages in a turn, from 1.</summary>
    public int Throughput { get; init; } = DefaultThroughput;

    /// <summary>Longest turn; checked after the first message, and while messages are small at least after every 16th.</summary>
    public TimeSpan Quantum { get; init; } = DefaultQuantum;

    /// <summary>Runs the item once, soon, never inside this call. Any thread. An item is never scheduled twice at a time.</summary>
    public abstract void Schedule(IThreadPoolWorkItem item);
}

/// <summary>Turns run on the .NET thread pool.</summary>
public sealed class ThreadPoolDispatcher : Dispatcher
{
    /// <inheritdoc/>
    public override void Schedule(IThreadPoolWorkItem item) => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
}
