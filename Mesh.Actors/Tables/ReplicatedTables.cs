using System.Collections.Immutable;
using Mesh.Actors.Control;
using Mesh.Actors.Membership;
using Mesh.Actors.Tables.Protocol;

namespace Mesh.Actors.Tables;

/// <summary>All replicated tables of a node. Open them, then <see cref="Start"/>; only on the control loop.</summary>
public sealed class ReplicatedTables
{
    private readonly NodeServices _node;
    private readonly TableSettings _settings;
    private readonly IMembership _membership;
    private readonly OwnerBook _owners;
    private readonly OriginBook _origins = new();
    private readonly SortedDictionary<string, TableCore> _tables = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Parts> _parts = new(StringComparer.Ordinal);
    private readonly AntiEntropy _antiEntropy;
    private readonly VersionDesk _desk;
    private ControlTimer? _sweep;
    private ControlTimer? _collect;
    private TableCopies? _inherited;
    private ulong _version;
    private bool _started;

    public ReplicatedTables(NodeServices node, TableSettings settings, IMembership membership)
    {
        (_node, _settings, _membership) = (node, settings, membership);
        _owners = new OwnerBook(membership);
        _owners.Changed += OnMember;
        _antiEntropy = new AntiEntropy(node, settings, membership, _tables, _origins, () => _version)
        {
            IsMember = _owners.Knows,
        };
        _desk = new VersionDesk(node, settings, _tables);
        node.Messenger.Handle<TableDelta>(OnDelta);
    }

    /// <summary>Bytes of roots, bucket hashes and claims that were sent: what an idle node spends.</summary>
    public long SummaryBytes => _antiEntropy.SummaryBytes;

    /// <summary>A table whose rows each belong to the process that wrote them.</summary>
    /// <param name="name">The same on all nodes, 1 to 64 characters.</param>
    /// <param name="codec">Rows as bytes.</param>
    /// <exception cref="InvalidOperationException">The name is taken, or there are too many tables.</exception>
    public OwnerTable<TRow> OpenOwnerTable<TRow>(string name, IRowCodec<TRow> codec)
    {
        TableView<TRow> view = ViewOf(name, codec);
        return new OwnerTable<TRow>(Open(name, isOwned: true, view), view, codec, _node.Loop, () => ++_version, _owners.IsUsable);
    }

    /// <summary>A table ordered by (epoch, sequence), written wherever the epoch is held.</summary>
    /// <inheritdoc cref="OpenOwnerTable{TRow}"/>
    public ReplicatedMap<TRow> OpenMap<TRow>(string name, IRowCodec<TRow> codec)
    {
        TableView<TRow> view = ViewOf(name, codec);
        return new ReplicatedMap<TRow>(Open(name, isOwned: false, view), view, codec, _node.Loop);
    }

    /// <summary>Tables that are opened from now on begin with what this process knew in an earlier membership.</summary>
    public void Inherit(TableCopies? copies) => _inherited = copies;

    /// <summary>What all tables know now, for the next membership of this process. Costs a copy of every row.</summary>
    public TableCopies Copy() => TableCopies.Of(_tables.Values, _owners, _node.Loop.Now);

    /// <summary>Begins to compare with others. Tables opened later take part from then on.</summary>
    public void Start()
    {
        if (_started) return;
        _started = true;
        _antiEntropy.Start();
        _sweep = _node.Loop.After(_settings.UnknownOwnerGrace, Sweep);
        _collect = _node.Loop.After(_settings.CollectInterval, Collect);
    }

    /// <summary>Sends what waits, saves what is unsaved, then calls back on the loop. Nothing is sent or saved after that.</summary>
    public void Stop(Action stopped)
    {
        _antiEntropy.Stop();
        _sweep?.Cancel();
        _collect?.Cancel();
        _owners.Close();
        int left = _parts.Count + 1;
        foreach (Parts parts in _parts.Values)
        {
            parts.Spreader.Flush();
            parts.Spreader.Stop();
            parts.Keeper.Stop(Done);
        }

        Done();

        void Done()
        {
            if (--left == 0) stopped();
        }
    }

    /// <summary>In order of name.</summary>
    public ImmutableArray<TableStatus> GetStatus() => [.. _parts.Values.Select(StatusOf)];

    /// <summary>How old is what this node knows of each owner that is a member, in order of uid; without itself.</summary>
    public ImmutableArray<OriginAge> GetOrigins() =>
    [
        .. _membership.State.Members.Where(member => member.UniqueAddress != _membership.State.Self)
            .Select(member => _origins.Of(member.UniqueAddress.Uid, _node.Loop.Now)).OrderBy(each => each.Uid),
    ];

    /// <summary>The same of one owner.</summary>
    public OriginAge GetOrigin(ulong owner) => _origins.Of(owner, _node.Loop.Now);

    /// <summary>Rows of a table as bytes, by key then owner; at most <paramref name="most"/>. For people: it looks at all rows.</summary>
    public ImmutableArray<RawRow> Peek(string table, string keyPrefix, int most) => !_tables.TryGetValue(table, out TableCore? core) ? [] :
    [
        .. core.Replica.All().Where(row => !row.IsCollection && row.Key.StartsWith(keyPrefix, StringComparison.Ordinal))
            .OrderBy(row => row.Key, StringComparer.Ordinal).ThenBy(row => row.Origin).Take(most)
            .Select(row => new RawRow(row.Key, row.Origin, row.Version, row.Deleted, row.Value)),
    ];

    /// <summary>Asks a node which version of a map's row it has; a later question "is it everywhere" is made of these.</summary>
    /// <returns>False: too many questions are open; <paramref name="answered"/> will not be called.</returns>
    /// <param name="node">Whom; not this node.</param>
    /// <param name="table">Of which table.</param>
    /// <param name="owner">The row's owner; 0 in maps.</param>
    /// <param name="key">Which row.</param>
    /// <param name="timeout">When to give up.</param>
    /// <param name="answered">Called once, on the loop; null: no answer in time.</param>
    public bool AskVersion(UniqueAddress node, string table, ulong owner, string key, TimeSpan timeout, Action<RowAnswer?> answered) =>
        _desk.Ask(node, table, owner, key, timeout, answered);

    /// <summary>Which version of a row this node has.</summary>
    public RowAnswer VersionOf(string table, ulong owner, string key) => _desk.Of(table, owner, key);

    private TableView<TRow> ViewOf<TRow>(string name, IRowCodec<TRow> codec)
    {
        if (name.Length is 0 or > TableSettings.MaxNameLength || _tables.ContainsKey(name))
            throw new InvalidOperationException($"a table cannot be named '{name}': it is taken, empty or too long");
        if (_tables.Count >= TableSettings.MaxTables) throw new InvalidOperationException($"a node has at most {TableSettings.MaxTables} tables");
        return new TableView<TRow>(name, codec, _node.Loop, _node.Log, _settings.NotifyInterval);
    }

    private TableCore Open(string name, bool isOwned, ITableView view)
    {
        var core = new TableCore(name, isOwned, _node.Messenger.Self.Uid, _node.Loop, _settings, _owners, view);
        core.VersionSeen += _origins.Seen;
        var spreader = new Spreader(core, _node, _membership, _settings);
        var parts = new Parts(core, spreader, new TableKeeper(core, _node, _settings), new Collector(core, _settings, () => ++_version));
        _tables.Add(name, core);
        _parts.Add(name, parts);
        if (_node.Metrics is { } scope) TableMetrics.Register(scope, core, parts.Spreader, _node.Loop);
        _inherited?.GiveTo(core, _node.Loop, _settings);
        parts.Keeper.Load();
        return core;
    }

    private void OnDelta(UniqueAddress from, TableDelta delta)
    {
        if (_tables.TryGetValue(delta.Table, out TableCore? table))
            table.Learn(Incoming.Read(table, delta.Rows, _node.Loop.Now), from.Uid, spread: true);
    }

    private void OnMember(UniqueAddress node, ClusterEvent change)
    {
        foreach (TableCore table in _tables.Values) table.Reconsider(node.Uid);
        ClusterState state = _membership.State;
        if (change is ClusterEvent.MemberRemoved) _origins.Forget(node.Uid);
        else if (!_started || state.Neighbours.IsEmpty || change is ClusterEvent.UnreachableMember) return;
        else if (node == state.Self) _antiEntropy.Prompt(state.Neighbours[_node.Loop.Random.Next(state.Neighbours.Length)]);
        else if (change is ClusterEvent.ReachableMember && state.Neighbours.Contains(node)) _antiEntropy.Prompt(node);
    }

    private void Sweep()
    {
        _sweep = _node.Loop.After(_settings.UnknownOwnerGrace, Sweep);
        foreach (TableCore table in _tables.Values) table.Sweep();
    }

    private void Collect()
    {
        _collect = _node.Loop.After(_settings.CollectInterval, Collect);
        foreach (Parts parts in _parts.Values)
        {
            parts.Collector.Run(_node.Loop.Now);
            parts.Keeper.Stamp();
        }
    }

    private TableStatus StatusOf(Parts parts)
    {
        TableCore table = parts.Core;
        TableCounters counters = table.Counters;
        return new TableStatus(
            table.Name,
            table.IsOwned ? "owner" : "map",
            table.Replica.Count,
            table.Replica.TombstoneCount,
            table.Replica.Bytes,
            table.Replica.Origins.Count,
            parts.Spreader.Pending,
            table.WaitingCount,
            table.Shelf.Count,
            parts.Keeper.Unsaved,
            table.Replica.Root,
            _node.Loop.Now - table.AgreedAt,
            counters.Full + counters.Malformed + counters.Foreign,
            table.Replica.Conflicts,
            parts.Keeper.Fault,
            table.Freshness.ConfirmedAt);
    }

    private sealed record Parts(TableCore Core, Spreader Spreader, TableKeeper Keeper, Collector Collector);
}
