using Mesh.Actors;
using Mesh.Actors.Control;
using Mesh.Actors.Remoting;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.World;

namespace Mesh.Tests.Simulation.Network;

/// <summary>One attempt to connect, from the first packet to both greetings, as the two machines and the two processes live it.</summary>
/// <param name="opener">Who wants to.</param>
/// <param name="address">Where.</param>
/// <param name="expected">Whom; null: whoever listens.</param>
/// <param name="ended">Called once, on the opener's loop: with the process that answered, or null when none did.</param>
internal sealed class SimHandshake(SimProcess opener, Address address, UniqueAddress? expected, Action<SimPeer?> ended)
{
    private ControlTimer? _deadline;
    private bool _over;

    private SimNetwork Network => opener.Machine.Network;

    private SimWorld World => Network.World;

    public void Start()
    {
        _deadline = opener.Loop.After(Network.Settings.ConnectTimeout, () => Fail(SessionEnd.TimedOut));
        if (Network.Find(address) is { } target) Carry(opener.Machine, target, 1, () => Knock(target));
    }

    // The kernel answers for its processes, also for one that is paused; a machine without power does not.
    private void Knock(SimMachine target)
    {
        if (!target.IsOn) return;
        if (target.Process is not { IsAlive: true } acceptor)
        {
            Carry(target, opener.Machine, 1, () => opener.Loop.Post(() => Fail(SessionEnd.Refused)));
            return;
        }

        Carry(target, opener.Machine, 1, () => Carry(opener.Machine, target, 1, () => acceptor.Loop.Post(() => Greet(acceptor))));
    }

    private void Greet(SimProcess acceptor)
    {
        NodeHello hello = opener.Messenger.Hello;
        if (Judge(acceptor, opener, hello) is { } refusal)
        {
            Carry(acceptor.Machine, opener.Machine, 1, () => opener.Loop.Post(() => Fail(refusal)));
            return;
        }

        var session = new SimSession(opener, acceptor);
        NodeHello answer = acceptor.Messenger.Hello;
        if (Network.IsOpen(acceptor.Machine, opener.Machine) && Network.Link(acceptor.Machine, opener.Machine).Draw() is { } way)
        {
            session.Acceptor.NotBefore(World.Now + way + TimeSpan.FromTicks(1));
            World.After(way, "greeting back", () => opener.Loop.Post(() => Agree(session, acceptor, answer)));
        }

        acceptor.Messenger.Opened(session.Acceptor, hello);

        // Who died, or gave up, before the greeting came back never had a side to close.
        World.After(Network.Settings.ConnectTimeout + SimSessionSide.KeepAlive, "keep-alive", () =>
        {
            if (!session.Opener.IsOpen) acceptor.Messenger.Break(session.Acceptor, SessionEnd.Broken);
        });
    }

    private void Agree(SimSession session, SimProcess acceptor, NodeHello answer)
    {
        if (_over) return;
        if (Judge(opener, acceptor, answer) is { } refusal)
        {
            Fail(refusal);
            return;
        }

        End();
        opener.Messenger.Opened(session.Opener, answer);
        if (expected is not null && expected.Uid != acceptor.Self.Uid) opener.Messenger.Disconnected(expected, SessionEnd.OtherUid);
        ended(opener.Messenger.FindPeer(acceptor.Self));
    }

    private static SessionEnd? Judge(SimProcess judge, SimProcess other, NodeHello theirs)
    {
        NodeHello mine = judge.Messenger.Hello;
        if (judge.Messenger.HasForgotten(other.Self)) return SessionEnd.Forgotten;
        if (mine.ClusterName != theirs.ClusterName) return SessionEnd.OtherCluster;
        if (mine.ClusterId is { } id && theirs.ClusterId is { } otherId && id != otherId) return SessionEnd.OtherCluster;
        if (mine.ProtocolMin > theirs.ProtocolMax || theirs.ProtocolMin > mine.ProtocolMax) return SessionEnd.OtherProtocol;
        return mine.ConfigHash != theirs.ConfigHash ? SessionEnd.OtherConfig : null;
    }

    private void Carry(SimMachine from, SimMachine to, int trips, Action arrived)
    {
        if (!Network.IsOpen(from, to) || Network.Link(from, to).Draw() is not { } way) return;
        World.After(way * trips, "handshake", arrived);
    }

    private void Fail(SessionEnd why)
    {
        if (_over) return;
        End();
        if (expected is not null) opener.Messenger.Disconnected(expected, why);
        ended(null);
    }

    private void End()
    {
        _over = true;
        _deadline?.Cancel();
    }
}
