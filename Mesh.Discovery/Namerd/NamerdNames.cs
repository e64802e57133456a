using System.Collections.Immutable;
using Mesh.Discovery.Names;

namespace Mesh.Discovery.Namerd;

/// <summary>
/// Names as a namerd binds them, by its namespace's rules and its namers. What was known stays while it is away; what was never known is pending.
/// </summary>
/// <remarks>
/// Any thread. All I/O is on the pool. A name lives while somebody watches it, and a destination while a name leads to it or somebody listens to its
/// addresses, each up to <see cref="NamerdOptions.SweepInterval"/> longer, so that who comes back soon finds it.
/// </remarks>
public sealed class NamerdNames : IDisposable
{
    private readonly NamerdLink _link;
    private readonly Lock _gate = new();
    private readonly Dictionary<RemoteKey, RemoteName> _names = [];
    private readonly Dictionary<Names.Path, RemoteAddresses> _destinations = [];
    private readonly ITimer _sweep;
    private bool _isClosed;

    /// <param name="options">Which namerd.</param>
    /// <param name="time">Of pauses, stamps and sweeps.</param>
    /// <param name="handler">How bytes get there; null: over TCP. Owned.</param>
    public NamerdNames(NamerdOptions options, TimeProvider time, HttpMessageHandler? handler = null)
    {
        ArgumentNullException.ThrowIfNull(time);
        _link = new NamerdLink(options, time, handler);
        _sweep = time.CreateTimer(static self => ((NamerdNames)self!).Sweep(), this, NamerdOptions.SweepInterval, NamerdOptions.SweepInterval);
    }

    public NamerdOptions Options => _link.Options;

    /// <summary>Watches at namerd: names and destinations.</summary>
    public int Streams => _link.Streams;

    /// <summary>For how long it has not answered; null while it does, and before it was asked.</summary>
    public TimeSpan? Away => _link.Away;

    /// <summary>What an operator should know, with the age of what is known; null when all is well.</summary>
    public string? Problem => _link.Problem;

    /// <summary>The names being watched, in order.</summary>
    public ImmutableArray<NameStatus> Status
    {
        get
        {
            RemoteName[] all;
            lock (_gate) all = [.. _names.Values];
            return [.. all.Select(static name => name.Status).OrderBy(static status => status.Name.ToString(), StringComparer.Ordinal)];
        }
    }

    /// <summary>Watches what a name leads to by namerd's rules and those given, which come behind them; its leaves are bound.</summary>
    /// <param name="path">The service name.</param>
    /// <param name="dtab">Canonical text; empty for none.</param>
    public INameWatch Lookup(Names.Path path, string dtab)
    {
        RemoteKey key = new(dtab, path);
        lock (_gate)
        {
            if (_isClosed) return new FixedNameWatch(NameState.Pending.Instance);
            if (!_names.TryGetValue(key, out RemoteName? name)) _names.Add(key, name = new RemoteName(key, this, _link));
            name.Watchers++;
            return new Watch(this, name);
        }
    }

    public void Dispose()
    {
        _sweep.Dispose();
        RemoteName[] names;
        RemoteAddresses[] destinations;
        lock (_gate)
        {
            _isClosed = true;
            (names, destinations) = ([.. _names.Values], [.. _destinations.Values]);
            _names.Clear();
            _destinations.Clear();
        }

        foreach (RemoteName name in names) name.Dispose();
        foreach (RemoteAddresses destination in destinations) destination.Dispose();
        _link.Dispose();
    }

    /// <summary>The destination of an id, for a name that leads to it.</summary>
    internal RemoteAddresses Hold(Names.Path id)
    {
        lock (_gate)
        {
            if (!_destinations.TryGetValue(id, out RemoteAddresses? found))
            {
                found = new RemoteAddresses(id, _link);
                if (_isClosed) found.Dispose();
                else _destinations.Add(id, found);
            }

            found.Holders++;
            return found;
        }
    }

    internal void Release(ImmutableArray<RemoteAddresses> held)
    {
        lock (_gate)
        {
            foreach (RemoteAddresses each in held) each.Holders--;
        }
    }

    private void Sweep()
    {
        List<IDisposable> gone = [];
        lock (_gate)
        {
            foreach ((RemoteKey key, RemoteName name) in _names)
            {
                if (name.Watchers == 0 && _names.Remove(key)) gone.Add(name);
                else name.Open();
            }

            foreach ((Names.Path id, RemoteAddresses destination) in _destinations)
            {
                if (destination is { Holders: 0, IsHeard: false } && _destinations.Remove(id)) gone.Add(destination);
                else destination.Open();
            }
        }

        foreach (IDisposable each in gone) each.Dispose();
    }

    private void Release(RemoteName name)
    {
        lock (_gate) name.Watchers--;
    }

    private sealed class Watch(NamerdNames names, RemoteName name) : INameWatch
    {
        private int _isDisposed;

        public NameState Current => name.State.Current;

        public IDisposable OnChange(Action changed) => name.State.OnChange(changed);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0) names.Release(name);
        }
    }
}
