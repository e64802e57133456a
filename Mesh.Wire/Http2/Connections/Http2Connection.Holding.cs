using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Streams;

namespace Mesh.Wire.Http2.Connections;

/// <summary>
/// The half that counts what waits here, of payload that came and of payload that is to go, against what all connections of the node may hold. While
/// that is short, windows open again only where nothing waits: who keeps up holds no memory, and may go on.
/// </summary>
public abstract partial class Http2Connection
{
    /// <summary>By how much it must differ before the loop is told, bytes: small messages cost nothing.</summary>
    private const int TellStep = 4096;

    private long _buffered;
    private long _waiting;
    private long _toldHeld;
    private bool _holdsBack;

    /// <summary>Payload that waits here for its readers, bytes.</summary>
    internal long Buffered => _buffered;

    /// <summary>Payload was taken by its reader, or dropped.</summary>
    internal void OnConsumed(int bytes)
    {
        _buffered -= bytes;
        if (_toldHeld > 0) TellHeld();
        if (_owed > 0 && !IsClosed) Refill();
        if (_holdsBack && _buffered == 0) OpenWindows();
    }

    /// <summary>A stream holds so much more payload that it cannot send yet, or less.</summary>
    internal void OnWaiting(int bytes)
    {
        _waiting += bytes;
        TellHeld();
    }

    /// <summary>Windows stay as they are: the node is short of room, and something waits here. They are looked at again when either ends.</summary>
    internal bool HoldsBack()
    {
        if (!Loop.Buffers.IsShort || _buffered == 0) return false;
        HoldBack();
        return true;
    }

    void IShortageWaiter.OnShortageEnded() => OpenWindows();

    private void HoldBack()
    {
        _holdsBack = true;
        Loop.Buffers.Await(this);
    }

    private void OpenWindows()
    {
        _holdsBack = false;
        Loop.Buffers.Forget(this);
        if (IsClosed) return;
        Refill();
        foreach (Http2Stream stream in _streams.Values) stream.OpenWindow();
        Output.Schedule();
    }

    private void TellHeld()
    {
        long held = _buffered + _waiting + Output.Buffer.Length;
        long more = held - _toldHeld;
        if (more is < TellStep and > -TellStep && (held > 0 || more == 0)) return;
        _toldHeld = held;
        Loop.Buffers.Add(more);
    }
}
