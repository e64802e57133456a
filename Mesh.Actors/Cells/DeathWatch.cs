namespace Mesh.Actors.Cells;

/// <summary>
/// Who this actor watches, and who watches it. The obituary comes on the system lane and is turned into a Terminated at the end of the user
/// lane, so that what the dead one had said before is heard before. Between the two an Unwatch may come: the Terminated is then found
/// unannounced and thrown away.
/// </summary>
internal sealed class DeathWatch(ActorCell cell)
{
    private HashSet<IActorRef>? _watching;
    private HashSet<IActorRef>? _announced;
    private List<IInternalActorRef>? _watchers;

    public void Watch(IInternalActorRef other)
    {
        if (ReferenceEquals(other, cell.Self) || !(_watching ??= []).Add(other)) return;
        other.SendSystem(new WatchMessage(other, cell.Self));
    }

    public void Unwatch(IInternalActorRef other)
    {
        _announced?.Remove(other);
        if (_watching?.Remove(other) == true) other.SendSystem(new UnwatchMessage(cell.Self));
    }

    public void AddWatcher(IInternalActorRef watcher)
    {
        _watchers ??= [];
        if (!_watchers.Contains(watcher)) _watchers.Add(watcher);
    }

    public void RemoveWatcher(IInternalActorRef watcher) => _watchers?.Remove(watcher);

    /// <summary>A watched actor (or a child) has died.</summary>
    public void OnDied(IInternalActorRef dead)
    {
        if (_watching?.Remove(dead) != true) return;
        (_announced ??= []).Add(dead);
        cell.Mailbox.PostExempt(new Terminated(dead), dead);
    }

    /// <summary>Whether a Terminated taken from the mailbox is still wanted.</summary>
    public bool TryDeliver(IActorRef dead) => _announced?.Remove(dead) == true;

    /// <summary>This actor is dead: tells the watchers and stops watching.</summary>
    public void Close()
    {
        foreach (IInternalActorRef watcher in _watchers ?? [])
        {
            if (!ReferenceEquals(watcher, cell.Parent)) watcher.SendSystem(new DiedMessage(cell.Self));
        }

        foreach (IActorRef other in _watching ?? []) ((IInternalActorRef)other).SendSystem(new UnwatchMessage(cell.Self));
        _watchers = null;
        _watching = _announced = null;
    }
}
