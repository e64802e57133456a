using Mesh.Actors.Membership;

namespace Mesh.Tests.Simulation.Nodes;

/// <summary>The protocols that run in a process: the one thing that differs between a toy and the real node.</summary>
internal abstract class SimProgram
{
    /// <summary>Null when the program knows no membership.</summary>
    public virtual IMembership? Membership => null;

    /// <summary>It has nothing left to do and ends: removed, or told to.</summary>
    public bool WantsToEnd { get; protected set; }

    /// <summary>First turn of the process.</summary>
    public abstract void Start();

    /// <summary>An orderly end was asked for (SIGTERM).</summary>
    public virtual void Leave() => WantsToEnd = true;
}
