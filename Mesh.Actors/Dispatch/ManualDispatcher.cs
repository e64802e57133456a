using Mesh.Wire;

namespace Mesh.Actors.Dispatch;

/// <summary>
/// Turns run when the owner says so, in the owner's thread: tests and simulations have no races, only orders. With a seed the next actor is
/// drawn by lot, so that each seed is one interleaving and replays; without one it is first come, first served.
/// </summary>
public sealed class ManualDispatcher : Dispatcher
{
    private readonly Lock _lock = new();
    private readonly List<IThreadPoolWorkItem> _ready = [];
    private readonly bool _draw;
    private SplitMix64 _random;

    public ManualDispatcher() { }

    public ManualDispatcher(ulong seed) => (_draw, _random) = (true, new SplitMix64(seed));

    /// <summary>Actors that wait for a turn.</summary>
    public int Ready
    {
        get
        {
            lock (_lock) return _ready.Count;
        }
    }

    /// <inheritdoc/>
    public override void Schedule(IThreadPoolWorkItem item)
    {
        lock (_lock) _ready.Add(item);
    }

    /// <summary>Runs one turn; false when nobody waits.</summary>
    public bool RunOne()
    {
        IThreadPoolWorkItem item;
        lock (_lock)
        {
            if (_ready.Count == 0) return false;
            int index = _draw ? _random.Next(_ready.Count) : 0;
            item = _ready[index];
            _ready.RemoveAt(index);
        }

        item.Execute();
        return true;
    }

    /// <summary>Runs turns until nobody waits; returns how many.</summary>
    /// <exception cref="InvalidOperationException">There is no end in sight: two actors keep each other busy.</exception>
    public int RunUntilIdle(int maxTurns = 1_000_000)
    {
        int turns = 0;
        while (RunOne())
        {
            if (++turns >= maxTurns) throw new InvalidOperationException($"still busy after {maxTurns} turns");
        }

        return turns;
    }
}
