using Mesh.Actors.Remoting.Frames;
using Mesh.Actors.Remoting.Protocol;

namespace Mesh.Actors.Remoting.Sessions;

/// <summary>The data connections of sessions: opened when there is something to carry, and closed when idle without a loss.</summary>
internal sealed class DataConnections(SessionContext context, SessionTable table)
{
    public void OnDataAccepted(UniqueAddress node, Connection connection)
    {
        Peer peer = table.Find(node)!;
        peer.DataDial?.Cancel();
        OnDataOpen(peer, connection, dialledHere: false);
    }

    public void OnDataOpen(Peer peer, Connection connection, bool dialledHere)
    {
        peer.DataDial = null;
        Connection? old = peer.Data;
        (peer.Data, peer.DataSince, peer.DataDialledHere) = (connection, context.Now, dialledHere);
        old?.Finish();
        Restart(peer);
        connection.Owner = peer;
        connection.Trust(Lane.System, Lane.User, Lane.Bulk);
        connection.WatchIdle(context.Settings.IdleDataTimeout);
        connection.Pump();
    }

    public void OnIdle(Peer peer, Connection connection)
    {
        if (connection != peer.Data)
        {
            connection.End(SessionEnd.Closed, "idle");
            return;
        }

        connection.SendNow(RemotingKinds.Goodbye, new Goodbye(), Lane.System);
        // Nothing is written to it any more; what the peer had already sent still arrives, until it closes.
        peer.Data = null;
        connection.WatchIdle(context.Settings.IdleDataTimeout);
        if (peer.HasDataWaiting) table.Want(peer);
    }

    public void OnGoodbye(Peer peer, Connection connection)
    {
        if (connection == peer.Data) peer.Data = null;
        Restart(peer);
        connection.Finish();
        if (peer.HasDataWaiting) table.Want(peer);
    }

    /// <summary>A message that the end of a connection cut is sent anew with the next.</summary>
    private static void Restart(Peer peer)
    {
        foreach (LaneQueue queue in peer.Queues.Where(queue => queue.Lane != Lane.Control)) queue.Restart();
    }
}
