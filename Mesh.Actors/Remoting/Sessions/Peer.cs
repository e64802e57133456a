using Mesh.Actors.Remoting.Frames;
using Mesh.Actors.Remoting.Protocol;
using Mesh.Wire.Buffers;
using Mesh.Wire.Loops;

namespace Mesh.Actors.Remoting.Sessions;

/// <summary>
/// One other process: what waits for it, and the session with it. A session is a control connection, and a data connection while there is
/// something to carry; when either breaks, both end, and the next session starts from nothing.
/// </summary>
internal sealed class Peer : LoopTimer, IConnectionOwner
{
    private readonly SessionContext _context;
    private readonly SessionTable _table;
    private LanePicker _picker;

    public Peer(SessionContext context, SessionTable table, UniqueAddress node)
    {
        (_context, _table, Node) = (context, table, node);
        Queues = [.. Enum.GetValues<Lane>().Select(lane =>
            new LaneQueue(lane, context.Settings.MaxQueuedMessages, Math.Max(context.Settings.MaxQueuedBytes, FrameLimits.Of(lane))))];
    }

    public UniqueAddress Node { get; }

    public LaneQueue[] Queues { get; }

    public Connection? Control { get; set; }

    public Connection? Data { get; set; }

    /// <summary>The dial of the data connection that is under way.</summary>
    public Dial? DataDial { get; set; }

    /// <summary>The address that it said in its first hello; null before. A process never changes it.</summary>
    public Address? GreetedAs { get; set; }

    public ulong Session { get; set; }

    /// <summary>When the session was opened.</summary>
    public TimeSpan Since { get; set; }

    /// <summary>From here, not by the peer.</summary>
    public bool DialledHere { get; set; }

    /// <summary>When the data connection was opened.</summary>
    public TimeSpan DataSince { get; set; }

    public bool DataDialledHere { get; set; }

    public TimeSpan LastHeard { get; private set; }

    /// <summary>Attempts that failed since the last session that lasted.</summary>
    public int Failures { get; set; }

    /// <summary>What was told last: null nothing yet, or connected; else why not.</summary>
    public SessionEnd? ToldEnd { get; set; }

    public bool HasControlWaiting => !Queues[(int)Lane.Control].IsEmpty;

    public bool HasDataWaiting => !Queues[(int)Lane.System].IsEmpty || !Queues[(int)Lane.User].IsEmpty || !Queues[(int)Lane.Bulk].IsEmpty;

    public bool HasWaiting => HasControlWaiting || HasDataWaiting;

    /// <summary>Until then nobody dials: the back-off.</summary>
    public TimeSpan NextAttempt { get; set; }

    public void Heard() => LastHeard = _context.Now;

    public void OnMessage(Connection connection, in InboundMessage message)
    {
        Heard();
        if (message.Kind == RemotingKinds.Goodbye && connection != Control)
        {
            _table.Data.OnGoodbye(this, connection);
            return;
        }

        if (message.Kind is RemotingKinds.Hello or RemotingKinds.Refusal or RemotingKinds.Goodbye)
        {
            if (message.Kind == RemotingKinds.Refusal && ReadRefusal(message) is { } why) connection.End(why.End, why.Detail);
            else connection.End(SessionEnd.Malformed, $"kind {message.Kind} inside a session");
            return;
        }

        _table.Deliver(Node, message);
    }

    public bool TryWriteNext(Connection connection, OutputBuffer output)
    {
        LaneQueue queue;
        if (connection == Control)
        {
            queue = Queues[(int)Lane.Control];
            if (queue.IsEmpty) return false;
        }
        else
        {
            if (connection != Data) return false;
            Lane? lane = _picker.Next(!Queues[(int)Lane.System].IsEmpty, !Queues[(int)Lane.User].IsEmpty, !Queues[(int)Lane.Bulk].IsEmpty);
            if (lane is null) return false;
            queue = Queues[(int)lane];
        }

        int bytes = queue.WriteNext(connection.Writer, output);
        _context.Counters.SentFrame(queue.Lane, bytes);
        return true;
    }

    public void OnEnded(Connection connection, SessionEnd why, string detail) => _table.OnEnded(this, connection, why, detail);

    public void OnIdle(Connection connection) => _table.Data.OnIdle(this, connection);

    protected override void OnDeadline() => _table.OnRetryDue(this);

    private static (SessionEnd End, string Detail)? ReadRefusal(in InboundMessage message)
    {
        try
        {
            Refusal refusal = Refusal.Parser.ParseFrom(message.Body);
            return (HandshakeRules.ToSessionEnd(refusal.Reason) ?? SessionEnd.Closed, refusal.Detail);
        }
        catch (Google.Protobuf.InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
