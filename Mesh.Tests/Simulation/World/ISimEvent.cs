using Mesh.Tests.Simulation.Nodes;

namespace Mesh.Tests.Simulation.World;

/// <summary>Something that happens at a moment of virtual time.</summary>
internal interface ISimEvent
{
    /// <summary>On whose processor it runs; null for what the world itself does (networks, disks, faults).</summary>
    SimProcess? Owner { get; }

    /// <summary>It was called off and does not happen.</summary>
    bool IsCancelled { get; }

    /// <summary>What enters the trace's hash: the same in every run of a seed.</summary>
    ulong TraceCode { get; }

    void Run();
}

/// <summary>A deed of the world itself.</summary>
internal sealed class WorldEvent(string name, Action work) : ISimEvent
{
    public SimProcess? Owner => null;

    public bool IsCancelled => false;

    public ulong TraceCode => 1;

    public void Run() => work();

    public override string ToString() => name;
}
