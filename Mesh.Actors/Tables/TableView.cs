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
    /// <param name="confirmed">See <see cref="TableSnapshot{TRow}.IsConfirmed"/>.</param>
    /// <param name="soon">Where much changes it may wait until watchers are called.</param>
    void Publish(bool confirmed, bool soon = false);
}

/// <summary>The reader's side of a table: one immutable snapshot behind a volatile write, and watchers that are called in batches.</summary>
internal sealed class TableView<TRow> : ITableView
{
    /// <summary>Most watchers of a table: each is called for each batch.</summary>
    public const int MaxWatchers = 256;

    /// <summary>
    /// Changes since the last snapshot beyond which the next may wait: a snapshot for each message to a node that catches up costs more than the
    /// rows, as it touches nearly every chunk.
    /// </summary>
    private const int ManyChanges = 64;

    private readonly IRowCodec<TRow> _codec;
    private readonly ControlLoop _loop;
    private readonly Action<LogEvent> _log;
    private readonly string _name;
    private readonly Throttle _notify;
    // By the row's id, looked up. What a row was in the last snapshot: put in order before anybody sees it.
    private readonly Dictionary<ulong, RowView<TRow>> _shown = [];
    private readonly Dictionary<ulong, RowView<TRow>?> _changed = [];
    // Of the snapshots since the watchers were called: one after the other, each in order.
    private readonly List<RowChange<TRow>> _untold = [];
    private readonly List<Watcher> _watchers = [];
    private TableSnapshot<TRow> _snapshot;
    private int _snapshotsUntold;

    public TableView(string name, IRowCodec<TRow> codec, ControlLoop loop, Action<LogEvent> log, TimeSpan notifyInterval)
    {
        (_name, _codec, _loop, _log) = (name, codec, loop, log);
        _snapshot = new TableSnapshot<TRow>(SortedRows<TRow>.Empty, 0, isConfirmed: false);
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
        RowView<TRow>? before = _shown.GetValueOrDefault(row.Id);
        if (before is not null && before.Version > view.Version) return;
        _changed.TryAdd(row.Id, before);
        _shown[row.Id] = view;
    }

    public void Hide(TableRow row)
    {
        if (!_shown.Remove(row.Id, out RowView<TRow>? before)) return;
        _changed.TryAdd(row.Id, before);
    }

    public void Publish(bool confirmed, bool soon = false)
    {
        bool isNews = confirmed != _snapshot.IsConfirmed;
        if (_changed.Count == 0 && !isNews) return;
        bool waits = soon && _changed.Count > ManyChanges && !isNews;
        if (!waits) PublishNow(confirmed);
        if (waits || _watchers.Count > 0) _notify.Ask();
    }

    public IDisposable Watch(Action<TableChange<TRow>> handler)
    {
        if (_watchers.Count >= MaxWatchers) throw new InvalidOperationException($"table {_name} has {MaxWatchers} watchers already");
        var watcher = new Watcher(this, handler);
        _loop.After(TimeSpan.Zero, watcher.Begin);
        return watcher;
    }

    private void PublishNow(bool confirmed)
    {
        RowChange<TRow>[] changes = Changed();
        _changed.Clear();
        Volatile.Write(ref _snapshot, new TableSnapshot<TRow>(_snapshot.Rows.With(changes), _snapshot.Number + 1, confirmed));
        if (_watchers.Count == 0) return;
        _untold.AddRange(changes);
        _snapshotsUntold++;
    }

    /// <summary>What is otherwise than in the snapshot, in order.</summary>
    private RowChange<TRow>[] Changed()
    {
        var changes = new List<RowChange<TRow>>(_changed.Count);
        foreach ((ulong id, RowView<TRow>? before) in _changed)
        {
            RowView<TRow>? after = _shown.GetValueOrDefault(id);
            // Two keys with one id, one of them from the disk: 10^9 tables do not meet it.
            bool isOther = before is not null && after is not null && (before.Key != after.Key || before.Owner != after.Owner);
            if (isOther) changes.Add(new RowChange<TRow>(before, null));
            if (before != after) changes.Add(new RowChange<TRow>(isOther ? null : before, after));
        }

        RowChange<TRow>[] inOrder = [.. changes];
        inOrder.AsSpan().Sort(default(InOrder));
        return inOrder;
    }

    private void Notify()
    {
        if (_changed.Count > 0) PublishNow(_snapshot.IsConfirmed);
        var change = new TableChange<TRow>(_snapshot, Untold());
        _untold.Clear();
        _snapshotsUntold = 0;
        foreach (Watcher watcher in _watchers.ToArray()) watcher.Call(change);
    }

    /// <summary>Each row once, however many snapshots it changed in.</summary>
    private ImmutableArray<RowChange<TRow>> Untold()
    {
        if (_snapshotsUntold == 1) return [.. _untold];
        var once = ImmutableArray.CreateBuilder<RowChange<TRow>>(_untold.Count);
        foreach (RowChange<TRow> next in _untold.Order(default(InOrder)))
        {
            bool again = once.Count > 0 && default(InOrder).Compare(once[^1], next) == 0;
            RowChange<TRow> whole = again ? once[^1] with { After = next.After } : next;
            if (again) once.RemoveAt(once.Count - 1);
            if (whole.Before != whole.After) once.Add(whole);
        }

        return once.DrainToImmutable();
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
            if (view._changed.Count > 0 || view._untold.Count > 0) view.Notify();
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

    private readonly struct InOrder : IComparer<RowChange<TRow>>
    {
        public int Compare(RowChange<TRow> left, RowChange<TRow> right) =>
            SortedRows<TRow>.Compare(SortedRows<TRow>.RowOf(left), SortedRows<TRow>.RowOf(right));
    }
}
