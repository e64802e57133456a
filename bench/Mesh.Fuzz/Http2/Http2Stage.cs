using Mesh.Fuzz.World;
using Mesh.Wire.Http2;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Frames;

namespace Mesh.Fuzz.Http2;

/// <summary>A connection of HTTP/2 with a hostile peer, either side: what both must keep to.</summary>
internal abstract class Http2Stage : Stage
{
    /// <summary>What the peer allows more, each time, when at the end it lets everything through.</summary>
    private const int Step = 1 << 20;

    private const int MostSteps = 40;
    private readonly HostileSide _peer;
    private readonly OwnSide _own;
    private readonly int _connectionWindow;

    protected Http2Stage(bool peerIsClient, Http2Options options)
    {
        _connectionWindow = options.ConnectionWindowBytes;
        _peer = new HostileSide(peerIsClient);
        _own = new OwnSide(!peerIsClient, _peer, options.ConnectionWindowBytes);
    }

    protected HostileSide Peer => _peer;

    protected OwnSide Own => _own;

    protected abstract Http2Connection Connection { get; }

    /// <summary>By the knobs of a case.</summary>
    public static Http2Options Options(FuzzCase made)
    {
        bool tight = made.Knob(8, 2) == 1;
        long times = made.Knob(9, 2) == 0 ? 1 : 60_000_000_000;
        return new Http2Options
        {
            MaxConcurrentStreams = tight ? 1 + made.Knob(10, 6) : 250,
            StreamWindowBytes = tight ? 1000 + 300 * made.Knob(11, 256) : 256 * 1024,
            ConnectionWindowBytes = tight ? 1000 + 500 * made.Knob(12, 256) : 1024 * 1024,
            BufferBudgetBytes = tight ? 1 + 300 * made.Knob(13, 256) : 8 * 1024 * 1024,
            MaxHeaderListBytes = tight ? 600 : 64 * 1024,
            MaxFields = tight ? 12 : 200,
            HeaderTableBytes = tight ? 16 * made.Knob(14, 256) : 4096,
            TakesTunnels = made.Knob(15, 4) != 0,
            HeadTimeoutNs = times,
            IdleTimeoutNs = times,
            BodyIdleTimeoutNs = times,
            TunnelIdleTimeoutNs = times,
        };
    }

    /// <summary>The peer takes all that there is to send; then each stream that it asked for and ended is over, and all windows are whole.</summary>
    public void LetThrough()
    {
        Transport.GiveRoom(-1);
        Transport.Deliver([]);
        OpenGates();
        Look();
        if (!_peer.IsInStep || Transport.IsReset || Transport.PeerEnded) return;
        for (int step = 0; step < MostSteps && !IsLeaving && TryWiden(); step++)
        {
            OpenGates();
            Loop.Settle();
            Look();
        }

        if (IsLeaving) return;
        JudgeStreams();
        if (Connection.OpenStreams > 0 || Connection.IsClosing) return;
        FuzzFaultException.Require(Connection.Buffered == 0, $"payload is counted that nobody has: {Connection.Buffered}");
        long owed = Connection.Windows.Owed;
        FuzzFaultException.Require(
            owed < Math.Max(1, _connectionWindow / 2) && _own.Window + owed == Math.Max(PeerSettings.DefaultWindow, _connectionWindow),
            $"the window did not come back: {_own.Window} and {owed} owed of {_connectionWindow}");
    }

    /// <summary>After the end.</summary>
    public void JudgeEnd()
    {
        FuzzFaultException.Require(Connection.OpenStreams == 0, $"streams are open after the end: {Connection.OpenStreams}");
        FuzzFaultException.Require(Connection.Buffered == 0, $"payload is counted after the end: {Connection.Buffered}");
    }

    /// <summary>Each stream that the peer has asked for and ended; the connection goes on.</summary>
    protected abstract void JudgeStreams();

    protected override void OnDeliver(ReadOnlySpan<byte> bytes)
    {
        // What arrives behind the end is not looked at.
        if (!IsLeaving && !Transport.PeerEnded && !Transport.IsReset) _peer.Take(bytes);
    }

    protected override void Look()
    {
        _own.Take(Transport.TakeSent());
        FuzzFaultException.Require(Connection.OpenStreams <= Connection.Options.MaxConcurrentStreams, $"too many streams: {Connection.OpenStreams}");
        long most = (long)Connection.Options.BufferBudgetBytes + Math.Max(_connectionWindow, PeerSettings.DefaultWindow);
        FuzzFaultException.Require(Connection.Buffered >= 0 && Connection.Buffered <= most, $"too much waits for its readers: {Connection.Buffered}");
        FuzzFaultException.Require(Connection.Output.Buffer.Length <= 2 * Http2Limits.MaxQueuedBytes,
            $"too much waits to be sent: {Connection.Output.Buffer.Length}");
    }

    private bool IsLeaving => Connection.IsClosed || _own.HasFailed;

    /// <summary>False: nothing waits for windows.</summary>
    private bool TryWiden()
    {
        int[] waiting = [.. OpenIds()];
        if (waiting.Length == 0) return false;
        if (_peer.ConnectionGrant < int.MaxValue - 2L * Step) Widen(0);
        foreach (int id in waiting.Where(id => _peer.PresentGrant(id) < int.MaxValue - 2L * Step)) Widen(id);
        return true;
    }

    /// <summary>Streams that our side has not ended.</summary>
    protected abstract IEnumerable<int> OpenIds();

    private void Widen(int id)
    {
        byte[] frame = new byte[13];
        FrameWriter.WindowUpdate(frame, id, Step);
        OnDeliver(frame);
        Transport.Deliver(frame);
        Loop.Settle();
    }
}
