using System.Collections.Immutable;
using Mesh.Actors.Control;
using Mesh.Actors.Events;

namespace Mesh.Actors.Tables;

/// <summary>Where a table shows what it has; hides the type of its rows.</summary>
internal interface ITableView
{
    /// <summary>Rows whose bytes the codec did not understand.</summary>
    long Undecodable { get; }

    void Show(TableRow row, OwnerState state);

    void Hide(TableRow row);

    /// <summary>Makes what was shown and hidden visible, all at once.</summary>
    void Publish(bool confirmed);
}

/// <summary>The reader's side of a table: one immutable snapshot behind a volatile write, and watchers that are called in batches.</summary>
internal sealed class TableView<TRow> : ITableView
{
    /// <summary>Most watchers of a table: each is called for each batch.</summary>
    public const int MaxWatchers = 256;

    private readonly IRowCodec<TRow> _codec;
    private readonly ControlLoop _loop;
    private readonly Action<LogEvent> _log;
    private readonly string _name;
    private readonly Throttle _notify;
    private readonly SortedDictionary<RowView<TRow>, RowView<TRow>?> _changed = new(TableSnapshot<TRow>.Order);
    private readonly ImmutableSortedSet<RowView<TRow>>.Builder _rows = ImmutableSortedSet.CreateBuilder(TableSnapshot<TRow>.Order);
    private readonly List<Watcher> _watchers = [];
    private TableSnapshot<TRow> _snapshot;
    private bool _dirty;

    public TableView(string name, IRowCodec<TRow> codec, ControlLoop loop, Action<LogEvent> log, TimeSpan notifyInterval)
    {
        (_name, _codec, _loop, _log) = (name, codec, loop, log);
        _snapshot = new TableSnapshot<TRow>(_rows.ToImmutable(), 0, isConfirmed: false);
        _notify = new Throttle(loop, notifyInterval, Notify);
    }

    public long Undecodable { get; private set; }

    /// <summary>Any thread.</summary>
    public TableSnapshot<TRow> Snapshot => Volatile.Read(ref _snapshot);

    public void Show(TableRow row, OwnerState state)
    {
        if (!_codec.TryDecode(row.Value, out TRow? value))
        {
            Undecodable++;
            Hide(row);
            return;
        }

        var view = new RowView<TRow>(row.Key, row.Origin, value!, row.Version, state);
        RowView<TRow>? before = Present(view);
        if (before is not null && before.Version > view.Version) return;
        Remember(view, before);
        if (before is not null) _rows.Remove(before);
        _rows.Add(view);
    }

    public void Hide(TableRow row)
    {
        var probe = new RowView<TRow>(row.Key, row.Origin, default!, default, default);
        if (Present(probe) is not { } before) return;
        Remember(probe, before);
        _rows.Remove(before);
    }

    public void Publish(bool confirmed)
    {
        if (!_dirty && confirmed == _snapshot.IsConfirmed) return;
        _dirty = false;
        Volatile.Write(ref _snapshot, new TableSnapshot<TRow>(_rows.ToImmutable(), _snapshot.Number + 1, confirmed));
        if (_watchers.Count > 0) _notify.Ask();
        else _changed.Clear();
    }

    public IDisposable Watch(Action<TableChange<TRow>> handler)
    {
        if (_watchers.Count >= MaxWatchers) throw new InvalidOperationException($"table {_name} has {MaxWatchers} watchers already");
        var watcher = new Watcher(this, handler);
        _loop.After(TimeSpan.Zero, watcher.Begin);
        return watcher;
    }

    private RowView<TRow>? Present(RowView<TRow> probe)
    {
        int at = _rows.IndexOf(probe);
        return at >= 0 ? _rows[at] : null;
    }

    private void Remember(RowView<TRow> view, RowView<TRow>? before)
    {
        _dirty = true;
        if (_watchers.Count > 0) _changed.TryAdd(view, before);
    }

    private void Notify()
    {
        var changes = ImmutableArray.CreateBuilder<RowChange<TRow>>(_changed.Count);
        foreach ((RowView<TRow> row, RowView<TRow>? before) in _changed)
        {
            RowView<TRow>? after = Present(row);
            if (before != after) changes.Add(new RowChange<TRow>(before, after));
        }

        _changed.Clear();
        var change = new TableChange<TRow>(_snapshot, changes.ToImmutable());
        foreach (Watcher watcher in _watchers.ToArray()) watcher.Call(change);
    }

    /// <remarks>The loop must go on, and so must the other watchers.</remarks>
    private void Guarded(Action<TableChange<TRow>> handler, TableChange<TRow> change)
    {
        try
        {
            handler(change);
        }
        catch (Exception problem)
        {
            _log(new LogEvent(LogLevel.Error, "tables", $"a watcher of table {_name} failed: {problem.Message}", problem));
        }
    }

    private sealed class Watcher(TableView<TRow> view, Action<TableChange<TRow>> handler) : IDisposable
    {
        private bool _ended;

        /// <summary>What changed before, and the others have yet to hear of, is in the snapshot already.</summary>
        public void Begin()
        {
            if (_ended) return;
            if (view._changed.Count > 0) view.Notify();
            view._watchers.Add(this);
            TableSnapshot<TRow> now = view.Snapshot;
            Call(new TableChange<TRow>(now, [.. now.Rows.Select(row => new RowChange<TRow>(null, row))]));
        }

        public void Call(TableChange<TRow> change)
        {
            if (!_ended) view.Guarded(handler, change);
        }

        public void Dispose()
        {
            _ended = true;
            view._watchers.Remove(this);
        }
    }
}
