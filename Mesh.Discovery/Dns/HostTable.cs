using Mesh.Discovery.Names;

namespace Mesh.Discovery.Dns;

/// <summary>A live host name; disposing it lets the table forget.</summary>
public interface IHostWatch : ILive<HostState>, IDisposable
{
    /// <summary>Why the last question failed, also while an earlier answer serves on; null when it did not.</summary>
    string? Problem { get; }
}

/// <summary>
/// Host names being watched: each is asked for at once and then again every refresh interval (or when the answer's time to live ends), once
/// for all who watch it. An answer that fails leaves the last good one in place; an answer that says "no such name" does not.
/// </summary>
/// <remarks>Any thread. How many questions run and wait is bounded by <see cref="DnsQueue"/>.</remarks>
public sealed class HostTable : IDisposable
{
    /// <summary>Names watched at a time; further ones are answered with a failure.</summary>
    public const int MaxHosts = 10_000;

    /// <summary>As Linkerd's <c>/$/inet</c>.</summary>
    public static readonly TimeSpan DefaultRefresh = TimeSpan.FromSeconds(5);

    /// <summary>However short the time to live: no server is asked more often.</summary>
    public static readonly TimeSpan MinTimeToLive = TimeSpan.FromSeconds(1);

    /// <summary>However long the time to live: what an operator mends is seen after this.</summary>
    public static readonly TimeSpan MaxTimeToLive = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan _tick = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly TimeSpan _refresh;
    private readonly DnsQueue _queue;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Host> _hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly CancellationTokenSource _closing = new();
    private readonly ITimer _timer;

    public HostTable(IDnsResolver resolver, TimeProvider time, TimeSpan? refresh = null)
    {
        _time = time;
        _refresh = refresh ?? DefaultRefresh;
        _queue = new DnsQueue(resolver, _closing.Token);
        TimeSpan every = _refresh < _tick ? _refresh : _tick;
        _timer = time.CreateTimer(static self => ((HostTable)self!).AskThoseDue(), this, every, every);
    }

    public IHostWatch Watch(string host)
    {
        if (!HostName.CouldBeName(host)) return new FixedWatch(HostState.NotFound.Instance);
        Host? entry;
        bool isNew = false;
        lock (_gate)
        {
            if (!_hosts.TryGetValue(host, out entry))
            {
                if (_hosts.Count >= MaxHosts) return new FixedWatch(TooMany(host));
                _hosts.Add(host, entry = new Host(this, host));
                isNew = true;
            }
            entry.Watchers++;
        }
        if (isNew) Ask(entry);
        return new HostWatch(entry, () => Release(entry));
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

    private void AskThoseDue()
    {
        long now = _time.GetTimestamp();
        Host[] due;
        lock (_gate) due = [.. _hosts.Values.Where(host => host.AskedAgainAt <= now)];
        foreach (Host host in due) Ask(host);
    }

    private void Ask(Host host)
    {
        if (Interlocked.Exchange(ref host.IsAsking, 1) == 1) return;
        host.AskedAgainAt = After(_refresh);
        if (_queue.TryAsk(host)) return;
        host.Done();
        host.Answer(new HostState.Failed($"{host.Name} is not resolved yet: {DnsQueue.MaxWaiting} host names wait for DNS already"));
    }

    private long After(TimeSpan delay) => _time.GetTimestamp() + (long)(delay.TotalSeconds * _time.TimestampFrequency);

    private sealed class Host(HostTable table, string name) : DnsQuery(name)
    {
        public int Watchers;
        public int IsAsking;
        private long _askedAgainAt;
        private volatile string? _problem;

        public LiveValue<HostState> State { get; } = new(HostState.Pending.Instance);

        public string? Problem => _problem;

        /// <summary>A timestamp of the table's clock.</summary>
        public long AskedAgainAt
        {
            get => Volatile.Read(ref _askedAgainAt);
            set => Volatile.Write(ref _askedAgainAt, value);
        }

        public override bool IsKnown => State.Current is HostState.Known;

        public override bool IsWanted => Volatile.Read(ref Watchers) > 0;

        public override void Answer(HostState answer)
        {
            _problem = (answer as HostState.Failed)?.Reason;
            if (answer is HostState.Failed && State.Current is HostState.Known) return;
            if (answer is HostState.Known { TimeToLive: { } timeToLive })
                AskedAgainAt = table.After(TimeSpan.FromTicks(Math.Clamp(timeToLive.Ticks, MinTimeToLive.Ticks, MaxTimeToLive.Ticks)));
            State.Set(answer);
        }

        public override void Done() => Volatile.Write(ref IsAsking, 0);
    }

    private sealed class HostWatch(Host host, Action release) : IHostWatch
    {
        private Action? _release = release;

        public HostState Current => host.State.Current;

        public string? Problem => host.Problem;

        public IDisposable OnChange(Action changed) => host.State.OnChange(changed);

        public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
    }

    private sealed class FixedWatch(HostState state) : IHostWatch
    {
        private readonly LiveValue<HostState> _state = new(state);

        public HostState Current => _state.Current;

        public string? Problem => (state as HostState.Failed)?.Reason;

        public IDisposable OnChange(Action changed) => _state.OnChange(changed);

        public void Dispose()
        {
        }
    }
}
