namespace Mesh.Wire.Http2.Connections;

/// <summary>
/// The half that treats slow readers: a client that does not take what it asked for is asked no further, as any slow connection of TCP is. Streams
/// add payload only below <see cref="FrameOutput.HighWater"/>; what grows beyond are heads, and above <see cref="Http2Limits.MaxQueuedBytes"/>
/// nothing more is received until most of it was taken. To be slow is no abuse; to ask for answers (PING, SETTINGS) and not to take them is.
/// </summary>
/// <remarks>
/// Backends are read on: they answer what was asked, and there are no more requests than streams. Two peers that both wait to be read first would
/// wait for ever, so that a pause ends, with its connection, when nothing was taken for as long as a body may rest.
/// </remarks>
public abstract partial class Http2Connection
{
    private int _queuedAnswers;
    private bool _pauses;
    private long _pauseDeadline = Never;
    private long _sentAtPause;

    /// <summary>Too much waits to be taken: nothing is received until it was.</summary>
    private bool Pauses()
    {
        if (_pauses) return true;
        if (IsClient || !Output.IsBlocked || Output.Buffer.Length <= Http2Limits.MaxQueuedBytes || !Output.IsFull) return false;
        _pauses = true;
        WatchPause();
        return true;
    }

    private void EndPause()
    {
        _pauses = false;
        _pauseDeadline = Never;
        Rearm();
        ReceiveLater();
    }

    private void OnPauseDeadline()
    {
        if (Output.BytesSent == _sentAtPause) Abort();
        else WatchPause();
    }

    private void WatchPause()
    {
        _sentAtPause = Output.BytesSent;
        _pauseDeadline = In(Options.BodyIdleTimeoutNs);
        Rearm();
    }
}
