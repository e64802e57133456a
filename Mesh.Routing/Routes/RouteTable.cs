using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Mesh.Actors.Events;
using Mesh.Actors.Tables;
using Mesh.Discovery.Names;
using Mesh.Routing.Bindings;
using Mesh.Routing.Dtabs;
using Mesh.Routing.Routes.Protocol;

namespace Mesh.Routing.Routes;

/// <summary>The namespaces of the fleet at this node: what routers read. Empty and unsettled until the node's cluster has started.</summary>
/// <remarks>
/// Any thread reads. Texts are unpacked and parsed on the thread pool, one rebuild at a time, and only those that changed: a dtab may have a
/// megabyte, and the control loop must not wait for it.
/// </remarks>
public sealed class RouteTable
{
    /// <summary>Why a namespace that is not here may yet be somewhere.</summary>
    public const string Unsettled = "the cluster has not told this node its namespaces yet; `cluster status` on the console says why";

    private static readonly DtabState s_empty = new DtabState.Known(Dtab.Empty);

    private readonly LiveValue<RouteView> _view = new(RouteView.Nothing);
    private readonly SerializedAction _rebuild;
    private readonly Action<LogEvent> _log;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, RowVersion> _complained = new(StringComparer.Ordinal);
    private volatile ReplicatedMap<Row>? _map;
    private volatile bool _settled;
    private int _watches;

    /// <param name="log">For operators; any thread.</param>
    /// <param name="time">Of timeouts.</param>
    public RouteTable(Action<LogEvent> log, TimeProvider time)
    {
        (_log, _time) = (log, time);
        _rebuild = new SerializedAction(Rebuild);
    }

    /// <summary>The newest view, and word of its changes.</summary>
    public ILive<RouteView> View => _view;

    public RouteView Current => _view.Current;

    /// <summary>When others last had the same namespaces; null before the cluster is there.</summary>
    public TableFreshness? Freshness => _map?.Freshness;

    /// <summary>Namespaces of which a newer version is known of here than is shown: it is on its way, or not understood.</summary>
    public int Behind
    {
        get
        {
            if (_map?.Snapshot is not { } rows) return 0;
            RouteView view = _view.Current;
            return rows.Rows.Count(row => RouteRows.IsHeader(row.Key) && view.Find(row.Key)?.Row != row.Version);
        }
    }

    /// <summary>Those who follow namespaces from outside of the node, such as by <c>watch=true</c>.</summary>
    public int Watches => Volatile.Read(ref _watches);

    /// <summary>Counts one more of them until it is disposed; null: there are as many already.</summary>
    public IDisposable? TryWatch(int most)
    {
        if (Interlocked.Increment(ref _watches) <= most) return new Watcher(this);
        Interlocked.Decrement(ref _watches);
        return null;
    }

    public RouteNamespace? Find(string name) => _view.Current.Find(name);

    /// <summary>What a router that follows a namespace goes by; one that is nowhere is the empty dtab, as in namerd.</summary>
    public DtabState StateOf(string name)
    {
        RouteView view = _view.Current;
        if (view.Find(name) is { } found) return found.State;
        return view.IsSettled ? s_empty : new DtabState.Pending($"The dtab is to come from namespace {name}: {Unsettled}.");
    }

    /// <summary>Done when this node has that version of a namespace, or a later one, or (for a deletion) none; false: not in time.</summary>
    public Task<bool> WhenAtLeastAsync(string name, long version, bool deleted, TimeSpan timeout) =>
        WhenAsync(view => view.Find(name) is { } here ? here.Version >= version : deleted, timeout, CancellationToken.None);

    /// <summary>Done when what is missing is known to be missing; false: not in time.</summary>
    public Task<bool> WhenSettledAsync(TimeSpan timeout, CancellationToken cancel) => WhenAsync(static view => view.IsSettled, timeout, cancel);

    /// <summary>The view now, and after each change the newest one; who is slow misses those between.</summary>
    public async IAsyncEnumerable<RouteView> FollowAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        // Not disposed: word of a change may come just after the subscription has ended.
        var changes = new SemaphoreSlim(1);
        using IDisposable subscription = _view.OnChange(() => changes.Release());
        RouteView? last = null;
        while (true)
        {
            await changes.WaitAsync(cancel).ConfigureAwait(false);
            RouteView now = _view.Current;
            if (ReferenceEquals(now, last)) continue;
            last = now;
            yield return now;
        }
    }

    /// <summary>Nobody is there who could know more: what is missing is missing. Any thread.</summary>
    public void Settle()
    {
        if (_settled) return;
        _settled = true;
        _rebuild.Request();
    }

    /// <summary>Follows the map from now on. Once; on the control loop.</summary>
    internal void Attach(ReplicatedMap<Row> map)
    {
        _map = map;
        map.Watch(_ => _rebuild.Request());
    }

    private async Task<bool> WhenAsync(Func<RouteView, bool> holds, TimeSpan timeout, CancellationToken cancel)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable subscription = _view.OnChange(Look);
        Look();
        try
        {
            await reached.Task.WaitAsync(timeout, _time, cancel).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }

        void Look()
        {
            if (holds(_view.Current)) reached.TrySetResult();
        }
    }

    private void Rebuild()
    {
        if (_map?.Snapshot is not { } rows) return;
        RouteView before = _view.Current;
        var next = ImmutableSortedDictionary.CreateBuilder<string, RouteNamespace>(StringComparer.Ordinal);
        bool changed = false;
        foreach (RowView<Row> header in rows.Rows)
        {
            if (!RouteRows.IsHeader(header.Key)) continue;
            RouteNamespace? known = before.Find(header.Key);
            RouteNamespace? now = known?.Row == header.Version ? known : Read(header, rows) ?? known;
            if (now is not null) next.Add(header.Key, now);
            changed |= !ReferenceEquals(now, known);
        }

        bool settled = rows.IsConfirmed || _settled;
        changed |= next.Count != before.Namespaces.Count;
        if (changed) _view.Set(new RouteView(next.ToImmutable(), rows.IsConfirmed, settled));
        else if (before.IsConfirmed != rows.IsConfirmed || before.IsSettled != settled)
            _view.Set(before with { IsConfirmed = rows.IsConfirmed, IsSettled = settled });
    }

    /// <summary>Null while parts are on their way, and for good where this version of the program does not understand it.</summary>
    private RouteNamespace? Read(RowView<Row> header, TableSnapshot<Row> rows)
    {
        Row? Find(string key) => rows.Find(key)?.Value;
        if (!RouteRows.TryJoin(header.Key, header.Value, Find, out PackedText? packed, out PackedText? packedPolicies)) return null;
        string? policies = "";
        if (!packed.TryRead(out string? text) || (packedPolicies is not null && !packedPolicies.TryRead(out policies)))
        {
            Complain(header, "its text is damaged");
            return null;
        }

        if (!Dtab.TryParse(text, out Dtab? dtab, out SyntaxError? error))
        {
            Complain(header, $"not understood here, written by a newer version: {error}");
            return null;
        }

        Row row = header.Value;
        return new RouteNamespace(
            header.Key, (long)row.Version, text, dtab, row.Author, DateTimeOffset.FromUnixTimeMilliseconds(row.AtUnixMs))
        {
            Row = header.Version,
            Policies = policies,
        };
    }

    private void Complain(RowView<Row> header, string what)
    {
        if (_complained.GetValueOrDefault(header.Key) == header.Version) return;
        if (_complained.Count >= RouteLimits.MaxNamespaces) _complained.Clear();
        _complained[header.Key] = header.Version;
        _log(new LogEvent(
            LogLevel.Error, "routes", $"version {header.Value.Version} of namespace {header.Key}: {what}; what was there before holds on"));
    }

    private sealed class Watcher(RouteTable table) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0) Interlocked.Decrement(ref table._watches);
        }
    }
}
