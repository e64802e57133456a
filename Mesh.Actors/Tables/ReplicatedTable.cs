using Mesh.Actors.Control;

namespace Mesh.Actors.Tables;

/// <summary>The typed door of one table. Verbs on the control loop, <see cref="Snapshot"/> on any thread.</summary>
public abstract class ReplicatedTable<TRow>
{
    private protected ReplicatedTable(TableCore core, TableView<TRow> view, IRowCodec<TRow> codec, ControlLoop loop) =>
        (Core, View, Codec, Loop) = (core, view, codec, loop);

    public string Name => Core.Name;

    /// <summary>The table now; one volatile read. What this node wrote is in it when the write returns.</summary>
    public TableSnapshot<TRow> Snapshot => View.Snapshot;

    /// <summary>How long ago this node and another member had equal rows; null: never in this membership. On the loop.</summary>
    public TimeSpan? SinceAgreed => Loop.Now - Core.AgreedAt;

    /// <summary>When what is shown was last known to be what others have. Any thread.</summary>
    public TableFreshness Freshness => Core.Freshness;

    private protected TableCore Core { get; }

    private protected TableView<TRow> View { get; }

    private protected IRowCodec<TRow> Codec { get; }

    private protected ControlLoop Loop { get; }

    /// <summary>
    /// Calls with all rows soon, then with what changed, at most once in <see cref="TableSettings.NotifyInterval"/>, on the loop. Versions only rise.
    /// </summary>
    /// <exception cref="InvalidOperationException">Too many watch this table already.</exception>
    public IDisposable Watch(Action<TableChange<TRow>> handler) => View.Watch(handler);
}

/// <summary>A table whose rows are each written by one process, the one that they are about, and live no longer than it does.</summary>
public sealed class OwnerTable<TRow> : ReplicatedTable<TRow>
{
    private readonly Func<ulong> _nextVersion;
    private readonly Func<ulong, bool> _isUsable;

    internal OwnerTable(
        TableCore core, TableView<TRow> view, IRowCodec<TRow> codec, ControlLoop loop, Func<ulong> nextVersion, Func<ulong, bool> isUsable)
        : base(core, view, codec, loop) => (_nextVersion, _isUsable) = (nextVersion, isUsable);

    /// <summary>
    /// Whether an owner is a member whose rows are to be used, first or last. A row of such a one that is gone was deleted by its own word.
    /// </summary>
    public bool IsUsable(ulong owner) => _isUsable(owner);

    /// <summary>Writes this node's row of that key. The same bytes again change nothing.</summary>
    public WriteResult Put(string key, TRow row)
    {
        ReadOnlyMemory<byte> value = Codec.Encode(row);
        TableRow? present = Core.Replica.Find(Core.Self, key);
        if (present is { Deleted: false, IsCollection: false } && present.Value.Span.SequenceEqual(value.Span)) return WriteResult.Unchanged;
        return Core.Write(TableRow.Living(Core.Self, key, new RowVersion(0, _nextVersion()), value));
    }

    /// <summary>Deletes this node's row of that key; others learn it as they learn a write.</summary>
    public WriteResult Remove(string key) => Core.Replica.Find(Core.Self, key) is { Deleted: false, IsCollection: false }
        ? Core.Write(TableRow.Tombstone(Core.Self, key, new RowVersion(0, _nextVersion()), Loop.Now))
        : WriteResult.Unchanged;
}

/// <summary>
/// A table that any node may write, if it has the right to: the caller says under which epoch, and how many writes there were before. The
/// highest wins.
/// </summary>
public sealed class ReplicatedMap<TRow> : ReplicatedTable<TRow>
{
    internal ReplicatedMap(TableCore core, TableView<TRow> view, IRowCodec<TRow> codec, ControlLoop loop) : base(core, view, codec, loop)
    {
    }

    /// <param name="key">Which row.</param>
    /// <param name="row">What it says from now on.</param>
    /// <param name="version">Above all that were given for this key; the same only with the same row.</param>
    public WriteResult Put(string key, TRow row, RowVersion version) =>
        version.Sequence == 0 ? WriteResult.BadVersion : Core.Write(TableRow.Living(0, key, version, Codec.Encode(row)));

    public WriteResult Remove(string key, RowVersion version) =>
        version.Sequence == 0 ? WriteResult.BadVersion : Core.Write(TableRow.Tombstone(0, key, version, Loop.Now));

    /// <summary>Which version this node has, tombstones included.</summary>
    public RowAnswer VersionOf(string key) => Core.Replica.Find(0, key) is { } row ? new RowAnswer(row.Version, row.Deleted) : default;
}
