using System.Collections.Concurrent;
using System.Diagnostics;
using Mesh.Actors;
using Mesh.Discovery.Names;
using Mesh.Routing.Bindings;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Destinations;

/// <summary>
/// The destinations of one client section, shared by all bindings that lead to the same bound name and counted by them. One that nobody holds
/// stays for <see cref="DefaultIdle"/>, with all it learnt. When full, the longest idle makes room; when none is idle, the newcomer is
/// not shared and goes with its last holder.
/// </summary>
/// <remarks>
/// Any thread; the lock guards the map alone, and no foreign code runs under it. Not for the path of each request: bindings hold destinations.
/// </remarks>
public sealed class DestinationTable : IDestinationSource<Destination>, IDisposable
{
    /// <summary>Shared destinations; Linkerd's bindingCache.clients.</summary>
    public const int DefaultCapacity = 1000;

    /// <summary>Ten minutes, Linkerd's idleTtlSecs; a sweep every half of it.</summary>
    public static readonly TimeSpan DefaultIdle = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<Path, Entry> _shared = [];
    private readonly HashSet<Entry> _unshared = [];
    private readonly ConcurrentQueue<Destination> _arrivals = new();
    private readonly ConcurrentQueue<Destination> _departures = new();
    private readonly TimeProvider _clock;
    private Func<Path, DestinationOptions> _options;
    private int _capacity;
    private long _idleNs;
    private int _told;
    private readonly ITimer _sweep;
    private readonly IActorRef _actor;
    private long _misses;
    private long _evictions;
    private long _expiries;
    private long _oneShots;

    /// <param name="actors">Where the destinations' actors live.</param>
    /// <param name="options">How each is treated, by its name.</param>
    /// <param name="clock">The clock of requests.</param>
    /// <param name="capacity">Shared destinations, 1 or more.</param>
    /// <param name="idle">How long an unused destination stays; null: <see cref="DefaultIdle"/>.</param>
    /// <param name="name">Of the actor that keeps the destinations; one that no actor may have is as good as none.</param>
    public DestinationTable(
        ActorSystem actors, Func<Path, DestinationOptions> options, TimeProvider clock, int capacity = DefaultCapacity, TimeSpan? idle = null,
        string? name = null)
    {
        ArgumentNullException.ThrowIfNull(actors);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        TimeSpan stay = idle ?? DefaultIdle;
        _options = options;
        _clock = clock;
        _capacity = capacity;
        _idleNs = stay.Ticks * TimeSpan.NanosecondsPerTick;
        _actor = actors.ActorOf(Props.Create(() => new DestinationsActor(this, clock)), ActorPath.IsValidName(name) ? name : null);
        _sweep = clock.CreateTimer(static self => ((DestinationTable)self!).RemoveIdle(), this, stay / 2, stay / 2);
    }

    /// <summary>Destinations held or idle.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _shared.Count + _unshared.Count;
        }
    }

    /// <summary>Destinations that were made because the table had none of that name.</summary>
    public long Misses => Volatile.Read(ref _misses);

    /// <summary>Idle destinations that made room before their time.</summary>
    public long Evictions => Volatile.Read(ref _evictions);

    /// <summary>Destinations dropped because nobody held them for the idle time.</summary>
    public long Expiries => Volatile.Read(ref _expiries);

    /// <summary>Destinations that were not shared because the table was full of held ones.</summary>
    public long OneShots => Volatile.Read(ref _oneShots);

    /// <summary>The destination of a bound name, made by the first who asks; each call is one hold, to be released once.</summary>
    public Destination Acquire(BoundName name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Entry entry;
        Entry? evicted;
        lock (_lock) entry = Hold(name, out evicted);
        if (evicted is not null) Stop(evicted);
        Destination destination = entry.Destination.Value;
        if (!ReferenceEquals(destination.NextName, name))
        {
            destination.NextName = name;
            destination.Nudge();
        }

        return destination;
    }

    /// <summary>
    /// Replaces how destinations are treated, those there are included: each takes it up on its own, requests under way end as they began.
    /// </summary>
    /// <remarks>One caller at a time.</remarks>
    public void Reconfigure(Func<Path, DestinationOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Volatile.Write(ref _options, options);
        // Entered before the next line: told below. After it: made with the new options.
        foreach (Destination destination in All())
        {
            DestinationOptions next = options(destination.Id);
            if (next.Equals(destination.NextOptions)) continue;
            destination.NextOptions = next;
            destination.Nudge();
        }
    }

    /// <summary>Replaces the table's limits; what is too much by now goes when it falls idle.</summary>
    public void Resize(int capacity, TimeSpan idle)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        lock (_lock)
        {
            _capacity = capacity;
            _idleNs = idle.Ticks * TimeSpan.NanosecondsPerTick;
        }

        _sweep.Change(idle / 2, idle / 2);
    }

    /// <summary>Ends one hold.</summary>
    public void Release(Destination destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        Entry? gone = null;
        lock (_lock)
        {
            Entry entry = destination.Entry!;
            Debug.Assert(entry.Holders > 0, "released more often than acquired");
            entry.IdleSinceNs = _clock.Nanoseconds();
            if (--entry.Holders == 0 && _unshared.Remove(entry)) gone = entry;
        }

        if (gone is not null) Stop(gone);
    }

    /// <summary>Drops what nobody held for the idle time. The table calls it by its timer.</summary>
    public void RemoveIdle()
    {
        var idle = new List<Entry>();
        lock (_lock)
        {
            long nowNs = _clock.Nanoseconds();
            foreach (Entry entry in _shared.Values)
                if (entry.Holders == 0 && nowNs - entry.IdleSinceNs >= _idleNs)
                    idle.Add(entry);
            foreach (Entry entry in idle) _shared.Remove(entry.Id);
            _expiries += idle.Count;
        }

        foreach (Entry entry in idle) Stop(entry);
    }

    /// <summary>All destinations, in no order.</summary>
    public IReadOnlyList<Destination> All()
    {
        Entry[] entries;
        lock (_lock) entries = [.. _shared.Values, .. _unshared];
        return [.. entries.Select(entry => entry.Destination.Value)];
    }

    /// <summary>Stops the sweep and all destinations.</summary>
    public void Dispose()
    {
        Entry[] entries;
        lock (_lock)
        {
            entries = [.. _shared.Values, .. _unshared];
            _shared.Clear();
            _unshared.Clear();
        }

        _sweep.Dispose();
        foreach (Entry entry in entries) Stop(entry);
    }

    /// <summary>The next destination that came since the last time; for the parent of the actors.</summary>
    internal bool TryTakeArrival(out Destination? destination) => _arrivals.TryDequeue(out destination);

    /// <summary>The next destination that left.</summary>
    internal bool TryTakeDeparture(out Destination? destination) => _departures.TryDequeue(out destination);

    /// <summary>What comes or goes from here on needs another word.</summary>
    internal void BeginReconcile() => Interlocked.Exchange(ref _told, 0);

    private Entry Hold(BoundName name, out Entry? evicted)
    {
        evicted = null;
        if (!_shared.TryGetValue(name.Id, out Entry? entry))
        {
            entry = new Entry(name.Id, self => Make(self, name));
            _misses++;
            if (_shared.Count >= _capacity) evicted = LongestIdle();
            if (evicted is not null && _shared.Remove(evicted.Id)) _evictions++;
            if (_shared.Count < _capacity)
            {
                _shared.Add(name.Id, entry);
            }
            else
            {
                _unshared.Add(entry);
                _oneShots++;
            }
        }

        entry.Holders++;
        return entry;
    }

    private Entry? LongestIdle() => _shared.Values.Where(entry => entry.Holders == 0).MinBy(entry => entry.IdleSinceNs);

    /// <summary>Reads the addresses at once, so that a name whose addresses are known need not wait for a mailbox.</summary>
    private Destination Make(Entry entry, BoundName name)
    {
        var destination = new Destination(name, Volatile.Read(ref _options)(name.Id)) { Entry = entry, Clock = _clock };
        try
        {
            destination.Refresh(_clock.Nanoseconds());
        }
        catch (Exception)
        {
            // A resource could not be made. The actor meets the same when it starts, and its supervisor tells; until then nothing is known.
        }

        _arrivals.Enqueue(destination);
        TellParent();
        return destination;
    }

    private void Stop(Entry entry)
    {
        Destination destination = entry.Destination.Value;
        destination.IsClosed = true;
        _departures.Enqueue(destination);
        TellParent();
    }

    /// <summary>The queues say what there is to do, and hold a destination at most once each; one message stands for all of it.</summary>
    private void TellParent()
    {
        if (Interlocked.Exchange(ref _told, 1) == 0) _actor.Tell(Reconcile.Instance, null);
    }

    /// <summary>One destination with its holders; the first who asks for it makes it, outside the lock.</summary>
    internal sealed class Entry
    {
        internal Entry(Path id, Func<Entry, Destination> make)
        {
            Id = id;
            Destination = new Lazy<Destination>(() => make(this));
        }

        internal Path Id { get; }

        internal Lazy<Destination> Destination { get; }

        internal int Holders { get; set; }

        internal long IdleSinceNs { get; set; }
    }
}
