using Mesh.Discovery.Names;

namespace Mesh.Discovery.Dns;

/// <summary>
/// Host names whose first good answer stands for good, watched or not: <c>/$/fixedinet</c>. Until there is one, the name is asked for as any
/// other; a failure is not kept.
/// </summary>
/// <remarks>Any thread. Source: finagle's FixedInetResolver.</remarks>
internal sealed class FixedHosts(HostTable hosts)
{
    /// <summary>Answers kept; as in finagle. The names beyond them are forgotten when nobody watches them.</summary>
    public const int MaxKept = 16_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, FixedHost> _hosts = new(StringComparer.OrdinalIgnoreCase);

    public IHostWatch Watch(string host)
    {
        FixedHost? entry;
        lock (_gate)
        {
            if (!_hosts.TryGetValue(host, out entry)) _hosts.Add(host, entry = new FixedHost(host));
            entry.Watchers++;
        }
        entry.EnsureWatching(hosts);
        return new FixedWatch(entry, () => Release(entry));
    }

    private void Release(FixedHost entry)
    {
        lock (_gate)
        {
            if (--entry.Watchers > 0 || (entry.IsFixed && _hosts.Count <= MaxKept)) return;
            _hosts.Remove(entry.Name);
        }
        entry.Detach();
    }

    private sealed class FixedHost(string name)
    {
        private readonly LiveValue<HostState> _state = new(HostState.Pending.Instance);
        private IHostWatch? _inner;
        private IDisposable? _subscription;
        private HostState.Known? _fixed;

        public string Name => name;

        public LiveValue<HostState> State => _state;

        /// <summary>Written under the owner's lock.</summary>
        public int Watchers { get; set; }

        public bool IsFixed => Volatile.Read(ref _fixed) is not null;

        public string? Problem => IsFixed ? null : Volatile.Read(ref _inner)?.Problem;

        public void EnsureWatching(HostTable hosts)
        {
            if (Volatile.Read(ref _inner) is not null) return;
            IHostWatch watch = hosts.Watch(name);
            if (Interlocked.CompareExchange(ref _inner, watch, null) is not null)
            {
                watch.Dispose();
                return;
            }
            Volatile.Write(ref _subscription, watch.OnChange(Update));
            Update();
        }

        public void Detach()
        {
            Volatile.Read(ref _subscription)?.Dispose();
            Volatile.Read(ref _inner)?.Dispose();
        }

        /// <summary>Whoever sets looks again whether what it set is still true; see InetName.Update.</summary>
        private void Update()
        {
            HostState seen;
            do
            {
                seen = Present();
                _state.Set(seen);
            }
            while (!ReferenceEquals(seen, Present()));
            if (IsFixed) Detach();
        }

        private HostState Present()
        {
            HostState now = _inner!.Current;
            if (now is HostState.Known known) Interlocked.CompareExchange(ref _fixed, known, null);
            return Volatile.Read(ref _fixed) ?? now;
        }
    }

    private sealed class FixedWatch(FixedHost host, Action release) : IHostWatch
    {
        private Action? _release = release;

        public HostState Current => host.State.Current;

        public string? Problem => host.Problem;

        public IDisposable OnChange(Action changed) => host.State.OnChange(changed);

        public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
    }
}
