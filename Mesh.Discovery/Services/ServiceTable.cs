using System.Collections.Immutable;
using Mesh.Actors.Control;
using Mesh.Actors.Tables;
using Mesh.Discovery.Names;

namespace Mesh.Discovery.Services;

/// <summary>How far this node knows the fleet's services.</summary>
/// <param name="Self">The uid of this process; 0 before the table is open.</param>
/// <param name="IsSettled">What has no rows is unknown; before, it may only not have arrived.</param>
/// <param name="IsConfirmed">A member had the same rows; else the node goes by what its disk kept.</param>
public sealed record ServiceTableState(ulong Self, bool IsSettled, bool IsConfirmed);

/// <summary>The services of the fleet, readable by name: an index over the rows of the table <c>services</c>, kept from its changes.</summary>
/// <remarks>
/// Any thread reads; the control loop writes. Like a library's card box beside its shelves: when a book comes, its card is put in; nobody walks the
/// shelves again. A change costs the rows of its service. It may be asked before it is opened; it knows nothing then.
/// </remarks>
public sealed class ServiceTable
{
    public const string TableName = "services";

    /// <summary>How long names without rows wait for the table to be confirmed.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long what an owner told is used last, after the owner was declared dead or removed: it may only have lost its membership, and be about to
    /// come back with another. What it deletes itself, or says is draining, goes at once.
    /// </summary>
    public static readonly TimeSpan Linger = TimeSpan.FromSeconds(10);

    private static readonly Comparer<RowChange<ServiceInstance>> s_inOrder = Comparer<RowChange<ServiceInstance>>.Create(
        static (left, right) => Order((left.After ?? left.Before)!, (right.After ?? right.Before)!));

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly LiveValue<ServiceTableState> _state = new(new ServiceTableState(0, IsSettled: false, IsConfirmed: false));
    private int _services;
    private int _instances;
    private bool _isOfFormerRows;
    private Lingering? _lingering;

    public ILive<ServiceTableState> State => _state;

    /// <summary>When others last had the same rows; null before it is opened.</summary>
    public TableFreshness? Freshness { get; private set; }

    /// <summary>Services with rows.</summary>
    public int Services => Volatile.Read(ref _services);

    /// <summary>Rows.</summary>
    public int Instances => Volatile.Read(ref _instances);

    /// <summary>
    /// Opens the table that is indexed, once for each membership of this process, on its control loop. What was known stays until the new table shows
    /// what it knows.
    /// </summary>
    /// <returns>Where this node's own rows are written.</returns>
    public OwnerTable<ServiceInstance> Open(NodeServices node, ReplicatedTables tables)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(tables);
        OwnerTable<ServiceInstance> table = tables.OpenOwnerTable(TableName, new ServicesCodec());
        _isOfFormerRows = _state.Current.Self != 0;
        _state.Set(new ServiceTableState(node.Messenger.Self.Uid, _state.Current.IsSettled, IsConfirmed: false));
        Freshness = table.Freshness;
        _lingering = new Lingering(node.Loop, table.IsUsable, Replace);
        table.Watch(Take);
        node.Loop.After(Grace, () => _state.Set(_state.Current with { IsSettled = true }));
        if (node.Metrics is { } scope) ServicesMetrics.Register(scope, this);
        return table;
    }

    /// <summary>What is known of a service now; without rows where nothing is.</summary>
    public ServiceList Find(string service)
    {
        lock (_gate) return _entries.TryGetValue(service, out Entry? entry) ? entry.List.Current : Nothing(service);
    }

    /// <summary>All services with rows, by name.</summary>
    public ImmutableArray<ServiceList> All()
    {
        ServiceList[] all;
        lock (_gate) all = [.. _entries.Values.Select(static entry => entry.List.Current).Where(static list => !list.Rows.IsEmpty)];
        Array.Sort(all, static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        return [.. all];
    }

    /// <summary>Watches a service, known or not, until disposed.</summary>
    internal ServiceWatch Watch(string service)
    {
        lock (_gate)
        {
            Entry entry = EntryOf(service);
            entry.Watchers++;
            return new ServiceWatch(entry.List, () => Release(service, entry));
        }
    }

    /// <summary>What changed since the last call, in order of key: rows of one service stand together.</summary>
    internal void Take(TableChange<ServiceInstance> change)
    {
        ImmutableArray<RowChange<ServiceInstance>> changes = change.Changes;
        if (_isOfFormerRows) changes = WithFormer(change);
        Replace(_lingering?.Keep(changes) ?? changes);
        bool isConfirmed = change.Snapshot.IsConfirmed;
        _state.Set(_state.Current with { IsConfirmed = isConfirmed, IsSettled = _state.Current.IsSettled || isConfirmed });
    }

    /// <summary>The first of a new table has all its rows; what is here of the former one and not among them goes, in the same step.</summary>
    private ImmutableArray<RowChange<ServiceInstance>> WithFormer(TableChange<ServiceInstance> first)
    {
        _isOfFormerRows = false;
        IEnumerable<RowChange<ServiceInstance>> gone = All().SelectMany(static list => list.Rows)
            .Where(row => first.Snapshot.Find(row.Key, row.Owner) is null).Select(static row => new RowChange<ServiceInstance>(row, null));
        return [.. first.Changes.Concat(gone).Order(s_inOrder)];
    }

    private static ServiceList Nothing(string service) => new(service, []);

    /// <summary>By the key: what a row says of itself is its writer's business.</summary>
    private static string ServiceOf(in RowChange<ServiceInstance> change)
    {
        RowView<ServiceInstance> row = (change.After ?? change.Before)!;
        int end = row.Key.IndexOf('/', StringComparison.Ordinal);
        bool isSame = end == row.Value.Service.Length && row.Key.StartsWith(row.Value.Service, StringComparison.Ordinal);
        return isSame ? row.Value.Service : row.Key[..Math.Max(end, 0)];
    }

    /// <summary>Changes in order of key.</summary>
    private void Replace(ImmutableArray<RowChange<ServiceInstance>> changes)
    {
        for (int from = 0, to; from < changes.Length; from = to)
        {
            string service = ServiceOf(changes[from]);
            for (to = from + 1; to < changes.Length && ServiceOf(changes[to]) == service; to++) { }
            Replace(service, changes.AsSpan()[from..to]);
        }
    }

    private void Replace(string service, ReadOnlySpan<RowChange<ServiceInstance>> changes)
    {
        Entry entry;
        lock (_gate)
        {
            // Held meanwhile: the last watcher may go just now, and rows must not land in an entry that nobody finds.
            entry = EntryOf(service);
            entry.Watchers++;
        }

        ServiceList before = entry.List.Current;
        ServiceList after = new(service, Merged(before.Rows, changes));
        Volatile.Write(ref _instances, _instances + after.Rows.Length - before.Rows.Length);
        Volatile.Write(ref _services, _services + (after.Rows.IsEmpty ? 0 : 1) - (before.Rows.IsEmpty ? 0 : 1));
        entry.List.Set(after);
        Release(service, entry);
    }

    /// <summary>Both are in the table's order, and so is what comes of them.</summary>
    private static ImmutableArray<RowView<ServiceInstance>> Merged(
        ImmutableArray<RowView<ServiceInstance>> rows, ReadOnlySpan<RowChange<ServiceInstance>> changes)
    {
        var merged = ImmutableArray.CreateBuilder<RowView<ServiceInstance>>(rows.Length + changes.Length);
        int at = 0;
        foreach (RowChange<ServiceInstance> change in changes)
        {
            RowView<ServiceInstance> changed = (change.After ?? change.Before)!;
            while (at < rows.Length && Order(rows[at], changed) < 0) merged.Add(rows[at++]);
            if (at < rows.Length && Order(rows[at], changed) == 0) at++;
            if (change.After is { } after) merged.Add(after);
        }

        while (at < rows.Length) merged.Add(rows[at++]);
        return merged.DrainToImmutable();
    }

    private static int Order(RowView<ServiceInstance> left, RowView<ServiceInstance> right)
    {
        int order = string.CompareOrdinal(left.Key, right.Key);
        return order != 0 ? order : left.Owner.CompareTo(right.Owner);
    }

    private Entry EntryOf(string service)
    {
        if (_entries.TryGetValue(service, out Entry? entry)) return entry;
        _entries.Add(service, entry = new Entry(new LiveValue<ServiceList>(Nothing(service))));
        return entry;
    }

    private void Release(string service, Entry entry)
    {
        lock (_gate)
        {
            entry.Watchers--;
            DropIfUnused(service, entry);
        }
    }

    private void DropIfUnused(string service, Entry entry)
    {
        if (entry.Watchers == 0 && entry.List.Current.Rows.IsEmpty) _entries.Remove(service);
    }

    private sealed class Entry(LiveValue<ServiceList> list)
    {
        public LiveValue<ServiceList> List => list;

        /// <summary>Written under the table's lock.</summary>
        public int Watchers { get; set; }
    }
}

/// <summary>A service that is watched.</summary>
internal sealed class ServiceWatch(ILive<ServiceList> list, Action release) : IDisposable
{
    private Action? _release = release;

    public ILive<ServiceList> List => list;

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}
