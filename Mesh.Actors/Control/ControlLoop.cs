using Mesh.Wire;

namespace Mesh.Actors.Control;

/// <summary>
/// The one thread on which a node's cluster protocols run: membership, detector, tables, consensus, sharding. They share it, so they need no
/// locks; it is no pool thread, so a starved thread pool does not make the node look dead.
/// </summary>
/// <remarks>
/// Nothing that blocks may run here: files and databases answer by <see cref="Post"/>. In a simulation the world is the loop, and time, chance and
/// order come from its seed. Therefore protocols take all three from here and from nowhere else.
/// </remarks>
public abstract class ControlLoop
{
    private SplitMix64 _random;

    protected ControlLoop(ulong seed) => _random = new SplitMix64(seed);

    /// <summary>Monotonic time of this node. Durations are measured with it; it means nothing to other nodes.</summary>
    public abstract TimeSpan Now { get; }

    /// <summary>
    /// The node's wall clock: for people and for stamps that people read. No protocol decides by it, but for whether a map's copy is young enough.
    /// </summary>
    public abstract DateTimeOffset UtcNow { get; }

    /// <summary>How late the loop ran its latest turn: a node that sees itself starved or paused doubts itself before it accuses others.</summary>
    public abstract TimeSpan Lateness { get; }

    /// <summary>The node's chance. Only on the loop.</summary>
    public ref SplitMix64 Random => ref _random;

    /// <summary>Runs later on the loop, after what was posted before. Any thread.</summary>
    public abstract void Post(Action work);

    /// <summary>Runs once after that delay, unless cancelled. Only on the loop; cancelling is also only on the loop, and then sure.</summary>
    public abstract ControlTimer After(TimeSpan delay, Action work);

    /// <summary>
    /// A place where a simulation may take the rarer of two correct ways (a tiny batch, an early time-out). Never, in production.
    /// </summary>
    public virtual bool Chance(string point) => false;

    /// <summary>Marks that a rare path was taken; simulations fail when, over all their seeds, one never was.</summary>
    public virtual void Reached(string point) { }
}

/// <summary>A call that is due once.</summary>
public abstract class ControlTimer
{
    /// <summary>The call will not come. Idempotent, also after it came.</summary>
    public abstract void Cancel();
}
