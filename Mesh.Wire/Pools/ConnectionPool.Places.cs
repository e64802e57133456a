using Mesh.Wire.Loops;

namespace Mesh.Wire.Pools;

/// <summary>
/// The half that passes places on when the limit is reached: idle connections of any loop close for whoever is in the queue, and where each loop
/// multiplexes and there are fewer places than loops, a busy connection makes room in its turn.
/// </summary>
public sealed partial class ConnectionPool
{
    /// <summary>Of a pool whose peers choose, the one that it is to those who ask.</summary>
    private ConnectionPool Whole => _chooser ?? this;

    /// <summary>Somebody on this loop is in the queue: whoever holds a place without need gives it up. On that loop.</summary>
    internal void AskForPlace(EventLoop loop) => Whole.AskHolders(loop);

    /// <summary>A place came free: whichever loop's requests wait for a stream may open a connection more.</summary>
    private void TellStreamWaiters()
    {
        if (Places.Waiting == 0) return;
        foreach (LoopShare share in _shares) share.Streams?.TryAgainLater();
    }

    private void AskHolders(EventLoop loop)
    {
        // Between two halves the loop's own may be what is in the way.
        if (_http1 is not null && CloseOneIdleOf(loop)) return;
        if ((FindIdle(loop) ?? _http1?.FindIdle(loop)) is { } idle) AskToCloseIdle(idle);
        else FindBusiest(loop)?.YieldLater();
    }

    private void AskToCloseIdle(EventLoop loop) =>
        loop.Post(static (self, of) => ((ConnectionPool)self!).Whole.CloseOneIdle((EventLoop)of!), this, loop);

    private void CloseOneIdle(EventLoop loop)
    {
        if (Places.Waiting == 0 || CloseOneIdleOf(loop)) return;
        if (_shares[loop.Index].Streams is { OpenCount: > 0 } busy) busy.YieldLater();
        else AskHolders(loop);
    }

    private bool CloseOneIdleOf(EventLoop loop)
    {
        ref LoopShare share = ref _shares[loop.Index];
        if (share.First is { } idle) idle.Close();
        else if (share.Streams is not { } streams || !streams.CloseOneIdle()) return _http1 is not null && _http1.CloseOneIdleOf(loop);
        return true;
    }

    /// <summary>Another loop with connections that nobody uses; a snapshot.</summary>
    private EventLoop? FindIdle(EventLoop loop)
    {
        foreach (ref LoopShare share in _shares.AsSpan())
        {
            if (share.Loop is { } other && other != loop && (share.IdleCount > 0 || share.Streams is { IdleCount: > 0 })) return other;
        }

        return null;
    }

    /// <summary>The other loop with most connections of HTTP/2, the next after this one if several have as many; a snapshot.</summary>
    private StreamShare? FindBusiest(EventLoop loop)
    {
        StreamShare? most = null;
        for (int i = 1; i < _shares.Length; i++)
        {
            StreamShare? share = _shares[(loop.Index + i) % _shares.Length].Streams;
            if (share is { OpenCount: > 0 } && share.Loop != loop && share.OpenCount > (most?.OpenCount ?? 0)) most = share;
        }

        return most;
    }
}
