using Mesh.Tests.Simulation.Nodes;

namespace Mesh.Tests.Simulation.Network;

/// <summary>A connection between two processes. Each end has its own idea of whether it is open: that is what half-open means.</summary>
internal sealed class SimSession
{
    public SimSession(SimProcess opener, SimProcess acceptor)
    {
        Opener = new SimSessionSide(this, opener, acceptor);
        Acceptor = new SimSessionSide(this, acceptor, opener);
    }

    public SimSessionSide Opener { get; }

    public SimSessionSide Acceptor { get; }

    public SimSessionSide Other(SimSessionSide side) => side == Opener ? Acceptor : Opener;
}
