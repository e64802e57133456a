using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;

namespace Mesh.Node.Proxy.Retries;

/// <summary>
/// A second attempt beside one that is slow: the timer that begins it, the lease and connection that it holds, and how it stands. It belongs to one
/// request at most; when the request goes on without it while it still opens a connection, whoever opens gives everything back.
/// </summary>
/// <param name="server">The client's connection.</param>
/// <param name="measures">As of <see cref="BackendCall"/>.</param>
/// <param name="begin">The first attempt has had its time: on the loop.</param>
internal sealed class Hedge(IServerExchange server, bool measures, Action begin) : LoopTimer, IGoneWatcher
{
    private IGoneWatcher? _first;

    /// <summary>When it is to begin, also if the first attempt says by interim responses that it is at it; Never: it is not planned.</summary>
    public long DueNs { get; set; } = Never;

    /// <summary>The attempt. When it has won, the one that it overtook.</summary>
    public BackendCall Call { get; set; } = new(server, measures);

    /// <summary>It has its lease; else it is only planned, if at all.</summary>
    public bool IsBegun => _first is not null;

    /// <summary>The attempt from its begin to its end, once it waits for the first time. True: its response serves.</summary>
    public Task<bool>? Run { get; set; }

    /// <summary>It was sent.</summary>
    public bool IsSent { get; set; }

    /// <summary>Nobody opens a connection for it any more: who gives it up gives back what it holds.</summary>
    public bool IsOurs => IsSent || Run is { IsCompleted: true };

    /// <summary>Interim responses of the first attempt since it began.</summary>
    public int Interims { get; set; }

    /// <summary>Its response is here, and good.</summary>
    public bool HasWon { get; private set; }

    /// <summary>The first attempt has failed: the request waits for this one.</summary>
    public bool IsAwaited { get; set; }

    /// <summary>The request goes on without it.</summary>
    public bool IsOver { get; private set; }

    /// <summary>It has its lease, and is about to go.</summary>
    public void Begin(IGoneWatcher first) => _first = first;

    /// <summary>Its response is good: the first attempt's wait ends, if it still waits. The request may go on, and end, within this call.</summary>
    public bool Win()
    {
        HasWon = true;
        if (!IsAwaited) _first!.OnGone();
        return true;
    }

    /// <summary>Ends its waits, so that it can be given up.</summary>
    public void Stop()
    {
        IsOver = true;
        ((IGoneWatcher?)Call.Client)?.OnGone();
    }

    /// <summary>A bug ended the request.</summary>
    public void Abandon()
    {
        Remove(server.Loop);
        Stop();
        if (IsOurs) Call.Abandon();
    }

    /// <summary>The client went away: both attempts end.</summary>
    public void OnGone()
    {
        _first?.OnGone();
        ((IGoneWatcher?)Call.Client)?.OnGone();
    }

    protected override void OnDeadline() => begin();
}
