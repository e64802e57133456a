namespace Mesh.Wire.Buffers;

/// <summary>Whoever keeps windows shut until the node has room.</summary>
internal interface IShortageWaiter
{
    /// <summary>There is room again. On its loop.</summary>
    void OnShortageEnded();
}

/// <summary>What the connections of one loop hold of the node's <see cref="BufferBudget"/>.</summary>
/// <remarks>Hot path: on its loop, plain additions; a shared write only each <see cref="BufferBudget.Step"/> bytes.</remarks>
public sealed class BufferShare
{
    private readonly HashSet<IShortageWaiter> _waiters = [];
    private BufferBudget? _budget;
    private long _step = long.MaxValue;
    private long _held;
    private long _told;

    /// <summary>Bytes. From any thread, a moment's view.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>The node is short of room: windows stay shut.</summary>
    public bool IsShort => _budget is { IsShort: true };

    /// <summary>The node has no room: requests are refused.</summary>
    public bool IsFull => _budget is { IsFull: true };

    /// <summary>Requests of HTTP/2 that its connections refused.</summary>
    public long RefusedStreams { get; internal set; }

    /// <summary>Requests that were answered with 503.</summary>
    public long RefusedRequests { get; private set; }

    /// <summary>So many bytes more are held, or fewer. On the loop.</summary>
    internal void Add(long bytes)
    {
        _held += bytes;
        long untold = _held - _told;
        if (untold < _step && untold > -_step) return;
        _told = _held;
        _budget!.Tell(untold);
    }

    /// <summary>True: the node has no room for a request, which is counted as refused. On the loop.</summary>
    public bool TryRefuse()
    {
        if (!IsFull) return false;
        RefusedRequests++;
        return true;
    }

    /// <summary>Before the loop starts.</summary>
    internal void Join(BufferBudget budget)
    {
        _budget = budget;
        _step = budget.Step;
    }

    /// <summary>To be told when there is room. On the loop.</summary>
    internal void Await(IShortageWaiter waiter) => _waiters.Add(waiter);

    /// <summary>It waits no more.</summary>
    internal void Forget(IShortageWaiter waiter) => _waiters.Remove(waiter);

    /// <summary>On the loop: those that wait look again, and may wait again.</summary>
    internal void EndShortage()
    {
        if (_waiters.Count == 0) return;
        IShortageWaiter[] waiters = [.. _waiters];
        _waiters.Clear();
        foreach (IShortageWaiter waiter in waiters) waiter.OnShortageEnded();
    }
}
