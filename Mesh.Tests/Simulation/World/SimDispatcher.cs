using Mesh.Actors.Dispatch;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Wire;

namespace Mesh.Tests.Simulation.World;

/// <summary>
/// Turns of a process's actors as events of the world, each after a short wait that the seed draws: so every order of the ready ones happens
/// somewhere.
/// </summary>
internal sealed class SimDispatcher : Dispatcher
{
    private const int MaxWaitMicroseconds = 50;

    private readonly SimWorld _world;
    private readonly SimProcess _process;
    private SplitMix64 _random;

    public SimDispatcher(SimWorld world, SimProcess process, ulong seed) =>
        (_world, _process, _random) = (world, process, new SplitMix64(seed));

    /// <summary>Until when actors get no processor, while the control loop does.</summary>
    public TimeSpan StarvedUntil { get; set; }

    public override void Schedule(IThreadPoolWorkItem item)
    {
        _world.AssertThread();
        TimeSpan at = _world.Now > StarvedUntil ? _world.Now : StarvedUntil;
        _world.At(at + TimeSpan.FromMicroseconds(_random.Next(MaxWaitMicroseconds)), new TurnEvent(_process, item));
    }

    private sealed class TurnEvent(SimProcess owner, IThreadPoolWorkItem item) : ISimEvent
    {
        public SimProcess? Owner => owner;

        public bool IsCancelled => false;

        public ulong TraceCode => 5;

        public void Run() => item.Execute();

        public override string ToString() => "turn of " + item;
    }
}
