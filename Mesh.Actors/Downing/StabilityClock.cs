namespace Mesh.Actors.Downing;

/// <summary>How long the situation has been as it is. Pure.</summary>
/// <remarks>
/// Sides see a split piece by piece: of a cut into 2 and 2, each of four nodes sees one member go, then the other; between the two it looks like 3
/// against 1, and both sides would win. Hence nothing is decided before the view was equal to itself for stable-after.
/// </remarks>
internal sealed class StabilityClock
{
    private DowningView? _view;
    private TimeSpan _since;
    private TimeSpan? _troubledSince;

    /// <summary>Takes in the present view. True when it differs from the one before.</summary>
    public bool Observe(DowningView view, TimeSpan now)
    {
        bool changed = !view.Equals(_view);
        if (changed)
        {
            _view = view;
            _since = now;
        }

        if (view.Undecided.Count == 0) _troubledSince = null;
        else _troubledSince ??= now;
        return changed;
    }

    /// <summary>This node stood still: what it knows is old, and the wait begins anew.</summary>
    public void Restart(TimeSpan now)
    {
        _since = now;
        if (_troubledSince is not null) _troubledSince = now;
    }

    /// <summary>Time until the view counts as stable; zero when it does.</summary>
    public TimeSpan Left(TimeSpan now, DowningSettings settings)
    {
        TimeSpan left = _since + settings.StableAfterFor(_view?.Voters.Count ?? 0) - now;
        return left < TimeSpan.Zero ? TimeSpan.Zero : left;
    }

    /// <summary>How long members have been unreachable without a decision.</summary>
    public TimeSpan Troubled(TimeSpan now) => _troubledSince is { } since ? now - since : TimeSpan.Zero;
}
