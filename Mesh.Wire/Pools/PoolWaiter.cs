using Mesh.Wire.Http1;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Pools;

/// <summary>What a waiter is given: a free connection of its loop, or the right to open one; neither when its time is over.</summary>
internal readonly record struct PoolTurn(Http1ClientConnection? Connection, bool MayOpen);

/// <summary>A request that waits for a connection to an address whose limit is reached.</summary>
internal sealed class PoolWaiter(PoolPlaces places, EventLoop loop) : LoopTimer, IPlaceWaiter
{
    private readonly LoopSource<PoolTurn> _turn = new();

    public EventLoop Loop => loop;

    public bool IsServed { get; set; }

    public ValueTask<PoolTurn> WaitAsync() => _turn.Arm();

    /// <summary>On the waiter's loop. After this turn of the loop, so that whoever frees a connection finishes first.</summary>
    public void Give(PoolTurn turn) => loop.Defer(static (self, given) => ((PoolWaiter)self!)._turn.Complete((PoolTurn)given!), this, turn);

    public void GivePlace() => loop.Post(static (self, _) => ((PoolWaiter)self!)._turn.Complete(new PoolTurn(null, true)), this);

    protected internal override void OnDeadline()
    {
        if (places.GiveUp(this)) _turn.Complete(default);
    }
}
