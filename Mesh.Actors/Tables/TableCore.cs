using Mesh.Actors.Control;

namespace Mesh.Actors.Tables;

/// <summary>One table of one node, in bytes: what is written here and learned from others, who may see it, and what is news.</summary>
/// <remarks>
/// Three places for a row: the replica (merged, hashed, sent to whoever lacks it), the waiting room (rows of owners that membership does not know
/// yet), and the shelf (what the disk remembers and nobody confirmed; shown where nothing better is, never sent).
/// </remarks>
internal sealed class TableCore
{
    private readonly ControlLoop _loop;
    private readonly TableSettings _settings;
    private readonly OwnerBook _owners;
    private readonly ITableView _view;
    private readonly TimeSpan _openedAt;
    private readonly List<TableRow> _dropped = [];
    private readonly WaitingRoom _waiting;
    private readonly SortedDictionary<ulong, TableRow> _shelf = [];
    private readonly VersionFloors _floors = new();

    public TableCore(string name, bool isOwned, ulong self, ControlLoop loop, TableSettings settings, OwnerBook owners, ITableView view)
    {
        (Name, IsOwned, Self, _loop, _settings, _owners, _view) = (name, isOwned, self, loop, settings, owners, view);
        Replica = new Replica(settings);
        _waiting = new WaitingRoom(settings);
        _openedAt = loop.Now;
    }

    public string Name { get; }

    /// <summary>True for owner tables, false for maps.</summary>
    public bool IsOwned { get; }

    public ulong Self { get; }

    public Replica Replica { get; }

    public TableCounters Counters { get; } = new();

    public ITableView View => _view;

    public int WaitingCount => _waiting.Count;

    /// <summary>The disk was read, and has no copy of an earlier life; nor has this process ever agreed with anybody.</summary>
    public bool HasNoPast { get; set; }

    public ICollection<TableRow> Shelf => _shelf.Values;

    /// <summary>When this node last knew that it and another member have the same rows; null: never in this membership.</summary>
    public TimeSpan? AgreedAt { get; private set; }

    public TableFreshness Freshness { get; } = new();

    /// <summary>A row became newer here. Second: the uid of who told us; 0 when it was written here or is only of use to ourselves.</summary>
    public event Action<TableRow, ulong>? News;

    /// <summary>The row with that id, or its absence, is to be saved.</summary>
    public event Action<TableRow>? Touched;

    /// <summary>The owner's version rose: by our own write, or by what we learned.</summary>
    public event Action<ulong, ulong>? VersionSeen;

    /// <summary>A write of this node. The row is visible to readers on return.</summary>
    public WriteResult Write(TableRow row)
    {
        if (row.Key.Length == 0 || System.Text.Encoding.UTF8.GetByteCount(row.Key) > TableSettings.MaxKeyBytes) return WriteResult.BadKey;
        if (row.Value.Length > TableSettings.MaxValueBytes) return WriteResult.ValueTooBig;
        WriteResult result = Replica.Apply(row, _dropped) switch
        {
            Applied.News => WriteResult.Accepted,
            Applied.Same => WriteResult.Unchanged,
            Applied.Full or Applied.Collision => WriteResult.Full,
            _ => WriteResult.Outdated,
        };
        if (result == WriteResult.Full) Counters.Full++;
        if (result != WriteResult.Accepted) return result;
        Counters.Written++;
        Told(row, 0, spread: true);
        Publish();
        return result;
    }

    /// <summary>The owner's word, after it wrote anew what lives, that its versions up to this one are void.</summary>
    public void Collect(ulong version)
    {
        TableRow row = TableRow.Living(Self, "", new RowVersion(0, version), default);
        if (Replica.Apply(row, _dropped) == Applied.News) Told(row, 0, spread: true);
        Publish();
    }

    /// <summary>The row as it is kept or remembered; null: neither.</summary>
    public TableRow? Kept(ulong id) => Replica.Find(id) is { } row && !IsBehindShelf(row) ? row : _shelf.GetValueOrDefault(id);

    /// <summary>Rows from another node, or from the disk when <paramref name="source"/> is this node.</summary>
    /// <param name="rows">As read; malformed ones were dropped.</param>
    /// <param name="source">Who sent them.</param>
    /// <param name="spread">Whether news goes on to our neighbours.</param>
    /// <returns>How many were news.</returns>
    public int Learn(IEnumerable<TableRow> rows, ulong source, bool spread)
    {
        int news = rows.Count(row => LearnOne(row, source, spread));
        Publish(soon: true);
        return news;
    }

    /// <summary>What the disk remembers and may be out of date.</summary>
    public void Shelve(IEnumerable<TableRow> rows)
    {
        foreach (TableRow row in rows)
        {
            if (row.IsCollection || row.Deleted || _shelf.Count >= _settings.MaxRows) continue;
            if (Kept(row.Id) is { } known && known.Version >= row.Version) continue;
            _shelf[row.Id] = row;
            Refresh(row.Id);
        }

        Publish();
    }

    /// <summary>This node and a member have just found their rows equal, or exchanged all that differed.</summary>
    /// <param name="peerConfirmed">
    /// The member has agreed before. Two that have both just started agree about nothing: that counts only when the rest had time to tell more.
    /// </param>
    public void Agreed(bool peerConfirmed)
    {
        if (AgreedAt is null && !peerConfirmed && _loop.Now - _openedAt < _settings.UnknownOwnerGrace) return;
        // All of the cluster began anew with copies too old to be offered: then they are the best there is.
        Agree(isShelfBest: Replica.Count == 0);
    }

    /// <summary>This node is the whole cluster: what its disk remembers is all that anybody knows.</summary>
    public void AgreedAlone() => Agree(isShelfBest: true);

    /// <summary>Membership sees an owner differently.</summary>
    public void Reconsider(ulong owner)
    {
        if (!IsOwned) return;
        Standing standing = _owners.Of(owner);
        if (standing == Standing.Gone)
        {
            foreach (TableRow row in Replica.RowsOfOrigin(owner).ToArray()) Drop(row);
            _floors.Forget(owner);
        }
        else
        {
            foreach (TableRow row in Replica.RowsOfOrigin(owner)) Refresh(row.Id);
        }

        if (standing is Standing.Hidden or Standing.Gone)
            foreach (TableRow row in _shelf.Values.Where(row => row.Origin == owner).ToArray()) Unshelve(row);
        if (standing != Standing.Unknown)
            foreach (TableRow row in _waiting.Take(owner)) LearnOne(row, 0, spread: true);
        Publish();
    }

    /// <summary>Forgets what waited too long for membership, and old tombstones of maps. Now and then.</summary>
    public void Sweep()
    {
        _waiting.Sweep(_loop.Now);
        if (IsOwned) return;
        foreach (ulong id in Replica.Tombstones.ToArray())
        {
            TableRow tombstone = Replica.Find(id)!;
            TimeSpan age = _loop.Now - tombstone.DeletedAt;
            if (age >= _settings.MapTombstoneLife) Drop(tombstone);
            else if (tombstone.IsShared && age >= _settings.MapTombstoneLife / 2) Replica.Unshare(tombstone);
        }
    }

    private bool LearnOne(TableRow row, ulong source, bool spread)
    {
        if (IsOwned)
        {
            Standing standing = _owners.Of(row.Origin);
            if (standing == Standing.Gone || row.Origin == Self)
            {
                if (row.Origin != Self) _loop.Reached("tables: a row of a removed owner was refused");
                if (row.Origin != Self || !Knows(row)) Counters.Foreign++;
                return false;
            }

            if (standing == Standing.Unknown)
            {
                Wait(row);
                return false;
            }
        }
        else if (row.Deleted && _loop.Now - row.DeletedAt >= _settings.MapTombstoneLife / 2)
        {
            // Others are about to forget it: it still deletes what is older here, and is not remembered where there is nothing.
            if (Replica.Find(row.Id) is not { } present || present.CompareTo(row) >= 0) return false;
            row = row.Unshared();
        }

        Applied applied = Replica.Apply(row, _dropped);
        if (applied is Applied.Full or Applied.Collision) Counters.Full++;
        else if (applied is Applied.Older && Replica.Find(row.Id) is { Deleted: true }) _loop.Reached("tables: a tombstone blocked a resurrection");
        else if (applied is Applied.Collected) _loop.Reached("tables: a collected version was refused");
        if (applied != Applied.News)
        {
            Counters.Redundant++;
            return false;
        }

        Counters.Learned++;
        Told(row, source, spread && row.IsShared);
        return true;
    }

    /// <summary>A row of ours that comes back, newer or as old as it may be, is nothing to wonder at.</summary>
    private bool Knows(TableRow row) =>
        row.Version.Sequence <= Replica.CollectedOf(Self) || Replica.Find(row.Id) is { } mine && mine.CompareTo(row) >= 0;

    private void Told(TableRow row, ulong source, bool spread)
    {
        foreach (TableRow gone in _dropped)
        {
            _view.Hide(gone);
            Touched?.Invoke(gone);
        }

        _dropped.Clear();
        if (_shelf.TryGetValue(row.Id, out TableRow? old) && old.Version <= row.Version) _shelf.Remove(row.Id);
        Refresh(row.Id);
        Touched?.Invoke(row);
        if (row.Origin != 0) VersionSeen?.Invoke(row.Origin, row.Version.Sequence);
        if (spread) News?.Invoke(row, source);
    }

    private void Wait(TableRow row)
    {
        if (_waiting.Add(row, _loop.Now)) _loop.Reached("tables: a row waited for its owner");
        else Counters.Full++;
    }

    private void Agree(bool isShelfBest)
    {
        AgreedAt = _loop.Now;
        foreach (TableRow row in _shelf.Values.ToArray())
        {
            // The peers have an older one of that owner: its own word is still under way to them.
            if (IsOwned && Replica.Find(row.Id) is { } older && IsBehindShelf(older)) continue;
            bool newer = !IsOwned && Replica.Find(row.Id) is { } present && present.Version < row.Version;
            _shelf.Remove(row.Id);
            bool isKept = !IsOwned && (isShelfBest || newer) && LearnOne(row, 0, spread: true);
            if (!isKept) Unshelve(row);
        }

        // Last: a disk that hears of it first would take what was just found out of date for confirmed.
        Freshness.Confirm(_loop.UtcNow, isOfAll: IsOwned || _owners.IsLed);
        Publish();
    }

    private void Unshelve(TableRow row)
    {
        _shelf.Remove(row.Id);
        bool mayComeBack = IsOwned && row.Version.Sequence > Replica.CollectedOf(row.Origin) && _owners.Of(row.Origin) != Standing.Gone;
        if (mayComeBack) _floors.Raise(row);
        if (Replica.Find(row.Id) is not null) Refresh(row.Id);
        else _view.Hide(row);
        Touched?.Invoke(row);
    }

    private bool IsBehindShelf(TableRow row) => _shelf.TryGetValue(row.Id, out TableRow? last) && row.Version < last.Version;

    private void Drop(TableRow row)
    {
        Replica.Remove(row);
        _view.Hide(row);
        Touched?.Invoke(row);
    }

    /// <summary>Shows the best that is known of a row, or hides it.</summary>
    private void Refresh(ulong id)
    {
        TableRow? row = Replica.Find(id);
        if (_shelf.TryGetValue(id, out TableRow? last) && (row is null || row.Version < last.Version))
        {
            _view.Show(last, OwnerState.LastKnown);
            return;
        }

        if (row is null || row.IsCollection) return;
        Standing standing = IsOwned ? _owners.Of(row.Origin) : Standing.Up;
        bool goesBack = _floors.Hides(row);
        if (goesBack) _loop.Reached("tables: a row older than what readers saw was not shown");
        OwnerState? state = row.Deleted || goesBack ? null : standing switch
        {
            Standing.Up => OwnerState.Up,
            Standing.Leaving => OwnerState.Leaving,
            Standing.Unreachable => OwnerState.Unreachable,
            _ => null,
        };
        if (state is { } shown) _view.Show(row, shown);
        else _view.Hide(row);
    }

    private void Publish(bool soon = false) => _view.Publish(AgreedAt is not null, soon);
}
