using Mesh.Actors.Remoting;
using Mesh.Tests.Simulation.Nodes;

namespace Mesh.Tests.Simulation.Runs;

/// <summary>What is tried: a program, how it is used, what must always hold of it, and what must hold in the end. One object a run.</summary>
internal abstract class Subject
{
    /// <summary>The word by which a replay command names it.</summary>
    public abstract string Name { get; }

    public abstract MessageCatalog Catalog { get; }

    /// <summary>Rare paths that some seed of the fixed set must take; otherwise the simulation proves less than it seems to.</summary>
    public virtual IReadOnlyList<string> Sometimes => [];

    /// <summary>What happens to it under a seed.</summary>
    public virtual Scenario Draw(ulong seed) => Scenario.Draw(seed);

    public abstract SimProgram Compose(SimProcess process, Scenario scenario);

    /// <summary>Adds its checks and anything else that must be there before the first process.</summary>
    public virtual void Watch(SimCluster cluster, Scenario scenario) { }

    /// <summary>Uses the program from now on until <see cref="StopWork"/>.</summary>
    public abstract void StartWork(SimCluster cluster);

    public virtual void StopWork() { }

    /// <summary>What is not yet as it must be once nothing is wrong any more; null when all is well.</summary>
    public abstract string? Unsettled(SimCluster cluster);

    /// <summary>After the quiet time.</summary>
    public virtual void CheckEnd(SimCluster cluster) { }
}
