using Mesh.Discovery.Names;

namespace Mesh.Discovery.Dns;

/// <summary>A live host name; disposing it lets the table forget.</summary>
public interface IHostWatch : ILive<HostState>, IDisposable;

/// <summary>
/// Host names being watched: each is asked for at once and then again every refresh interval, once for all who watch it. An answer that
/// fails leaves the last good one in place; an answer that says "no such name" does not.
/// </summary>
/// <remarks>Any thread.</remarks>
public sealed class HostTable : IDisposable
{
    /// <summary>Names watched at a time; further ones are answered with a failure.</summary>
    public const int MaxHosts = 10_000;

    /// <summary>As Linkerd's <c>/$/inet</c>.</summary>
    public static readonly TimeSpan DefaultRefresh = TimeSpan.FromSeconds(5);

    private readonly IDnsResolver _resolver;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Host> _hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationToken _cancellation;
    private readonly ITimer _timer;

    public HostTable(IDnsResolver resolver, TimeProvider time, TimeSpan? refresh = null)
    {
        _resolver = resolver;
        _cancellation = _closing.Token;
        TimeSpan every = refresh ?? DefaultRefresh;
        _timer = time.CreateTimer(static self => ((HostTable)self!).RefreshAll(), this, every, every);
    }

    public IHostWatch Watch(string host)
    {
        if (!HostName.CouldBeName(host)) return new HostWatch(new LiveValue<HostState>(HostState.NotFound.Instance), null);
        Host? entry;
        bool isNew = false;
        lock (_gate)
        {
            if (!_hosts.TryGetValue(host, out entry))
            {
                if (_hosts.Count >= MaxHosts) return new HostWatch(new LiveValue<HostState>(TooMany(host)), null);
                _hosts.Add(host, entry = new Host(host));
                isNew = true;
            }
            entry.Watchers++;
        }
        if (isNew) _ = RefreshAsync(entry);
        return new HostWatch(entry.State, () => Release(entry));
    }

    public void Dispose()
    {
        _timer.Dispose();
        _closing.Cancel();
        _closing.Dispose();
    }

    private static HostState.Failed TooMany(string host) => new($"{host} is not resolved: {MaxHosts} host names are being watched already");

    private void Release(Host entry)
    {
        lock (_gate)
        {
            if (--entry.Watchers == 0) _hosts.Remove(entry.Name);
        }
    }

    private void RefreshAll()
    {
        Host[] all;
        lock (_gate) all = [.. _hosts.Values];
        foreach (Host host in all) _ = RefreshAsync(host);
    }

    private async Task RefreshAsync(Host host)
    {
        if (Interlocked.Exchange(ref host.IsAsking, 1) == 1) return;
        try
        {
            HostState answer = await _resolver.ResolveAsync(host.Name, _cancellation).ConfigureAwait(false);
            if (answer is HostState.Failed && host.State.Current is HostState.Known) return;
            host.State.Set(answer);
        }
        catch (OperationCanceledException)
        {
            // The table closes: nobody reads the answer.
        }
        catch (ObjectDisposedException)
        {
            // The resolver was closed before the table.
        }
        finally
        {
            Volatile.Write(ref host.IsAsking, 0);
        }
    }

    private sealed class Host(string name)
    {
        public int Watchers;
        public int IsAsking;

        public string Name => name;

        public LiveValue<HostState> State { get; } = new(HostState.Pending.Instance);
    }

    private sealed class HostWatch(LiveValue<HostState> state, Action? release) : IHostWatch
    {
        private Action? _release = release;

        public HostState Current => state.Current;

        public IDisposable OnChange(Action changed) => state.OnChange(changed);

        public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
    }
}
