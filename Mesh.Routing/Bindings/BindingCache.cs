using System.Collections.Concurrent;
using Mesh.Discovery.Names;
using Mesh.Routing.Dtabs;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Bindings;

/// <summary>
/// One router's bindings by key (what the identifier took from the request). A hit is lock-free and allocates nothing; a miss makes the
/// binding once, whoever asks meanwhile waits for the same first result.
/// </summary>
/// <remarks>
/// When full, a binding in use is never evicted; of the others first those that lead nowhere (random names from outside push each other out,
/// not the names that work), then those with overrides, then those not asked for again (<see cref="EvictionOrder{TDestination}"/>). Bindings with
/// overrides take at most half of the room, each as much as it watches names, and only what ordinary names that work leave. Who finds no
/// room gets a one-shot binding.
/// </remarks>
public sealed class BindingCache<TDestination> : IDisposable
    where TDestination : class
{
    /// <summary>Most that go for one newcomer.</summary>
    private const int EvictionBatch = 16;

    private static readonly TimeSpan _tick = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<StoredKey, ServiceBinding<TDestination>> _bindings = new(BindingKeyComparer.Instance);
    private readonly ConcurrentDictionary<StoredKey, ServiceBinding<TDestination>>.AlternateLookup<BindingKey> _byKey;
    private readonly ConcurrentDictionary<ServiceBinding<TDestination>, byte> _oneShotBindings = [];
    private readonly EvictionOrder<TDestination> _order = new();
    private readonly ITimer _timer;
    private readonly long _started;
    private volatile BindingCacheOptions _options;
    private volatile BindingRules _rules;
    private volatile TaskCompletionSource _dtabKnown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile int _clock;
    private long _evictions;
    private long _oneShots;
    private long _misses;
    private long _expiries;
    private int _overridden;
    private int _overriddenWeight;

    public BindingCache(
        Dtab dtab,
        Func<Path, INameWatch> lookup,
        IDestinationSource<TDestination> destinations,
        TimeProvider time,
        BindingCacheOptions? options = null)
    {
        _rules = new BindingRules(new DtabState.Known(dtab), lookup);
        _dtabKnown.SetResult();
        Queue = new EvaluationQueue(time);
        Destinations = destinations;
        Time = time;
        _options = options ?? new BindingCacheOptions();
        _byKey = _bindings.GetAlternateLookup<BindingKey>();
        _started = time.GetTimestamp();
        _timer = time.CreateTimer(static self => ((BindingCache<TDestination>)self!).Tick(), this, _tick, _tick);
    }

    /// <summary>The router's rules; empty while they are not known.</summary>
    public Dtab Dtab => _rules.Dtab is DtabState.Known known ? known.Dtab : Dtab.Empty;

    public int Count => _bindings.Count;

    /// <summary>Bindings dropped before their time because the cache was full.</summary>
    public long Evictions => Volatile.Read(ref _evictions);

    /// <summary>Requests served by a binding of their own because all were in use (or the key was too long).</summary>
    public long OneShots => Volatile.Read(ref _oneShots);

    /// <summary>Requests whose name had no binding yet.</summary>
    public long Misses => Volatile.Read(ref _misses);

    /// <summary>Bindings dropped because nobody used them for the idle time.</summary>
    public long Expiries => Volatile.Read(ref _expiries);

    /// <summary>A moment's view, for admin.</summary>
    public IEnumerable<ServiceBinding<TDestination>> Bindings => _bindings.Values;

    /// <summary>What bindings are evaluated by now.</summary>
    public BindingRules Rules => _rules;

    /// <summary>Done while the router's rules are known; until then, a task that is when they come.</summary>
    public Task WhenDtabKnown => _dtabKnown.Task;

    internal EvaluationQueue Queue { get; }

    internal IDestinationSource<TDestination> Destinations { get; }

    internal TimeProvider Time { get; }

    /// <summary>Seconds since the cache began, as of the last tick: reading a real clock for each request would cost more.</summary>
    internal int Clock => _clock;

    /// <summary>A hit hands out the binding held: the caller releases it.</summary>
    public bool TryGet(in BindingKey key, out ServiceBinding<TDestination> binding) =>
        _byKey.TryGetValue(key, out binding!) && binding.TryHold();

    /// <summary>
    /// The binding of a key, made if it is not there; held, the caller releases it. Does not wait for its first result, which is there at once for
    /// a name without overrides whose namers know the answer.
    /// </summary>
    /// <param name="key">The whole identity.</param>
    /// <param name="path">The name that the key stands for.</param>
    /// <param name="overrides">The rules that the key's text stands for; they win over the router's.</param>
    public ServiceBinding<TDestination> GetOrAdd(BindingKey key, Path path, Dtab? overrides = null)
    {
        ServiceBinding<TDestination> made;
        List<ServiceBinding<TDestination>>? evicted = null;
        lock (_gate)
        {
            if (TryGet(key, out ServiceBinding<TDestination> found)) return found;
            _misses++;
            bool isOneShot = key.Length > _options.MaxKeyBytes || !TryMakeRoom(!key.Overrides.IsEmpty, ref evicted);
            made = new ServiceBinding<TDestination>(this, path, overrides ?? Dtab.Empty, isOneShot);
            made.HoldFirst();
            if (isOneShot) _oneShots++;
            if (isOneShot) _oneShotBindings[made] = 0;
            else Add(key, made);
        }
        evicted?.ForEach(static binding => binding.End());
        made.Begin();
        return made;
    }

    /// <summary>Replaces the router's dtab; all bindings are evaluated again, one after the other, and publish what changes.</summary>
    public void SetDtab(Dtab dtab)
    {
        lock (_gate)
        {
            DtabState.Known known = new(dtab);
            if (known.Equals(_rules.Dtab)) return;
            _rules = _rules with { Dtab = known };
            _dtabKnown.TrySetResult();
        }
        Reevaluate();
    }

    /// <summary>Replaces dtab and namers together, so that no binding is evaluated by the new of the one and the old of the other.</summary>
    public void SetRules(BindingRules rules)
    {
        lock (_gate)
        {
            if (rules.Equals(_rules)) return;
            _rules = rules;
            if (rules.Dtab is DtabState.Known) _dtabKnown.TrySetResult();
            else if (_dtabKnown.Task.IsCompleted) _dtabKnown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        Reevaluate();
    }

    /// <summary>
    /// Evaluates all bindings again when their turn comes. One that is not met here entered under the lock after the rules were replaced, and begins
    /// with the new ones.
    /// </summary>
    public void Reevaluate()
    {
        foreach ((_, ServiceBinding<TDestination> binding) in _bindings) binding.Invalidate();
        foreach ((ServiceBinding<TDestination> binding, _) in _oneShotBindings) binding.Invalidate();
    }

    /// <summary>Replaces the limits; what is too much by now goes when it falls idle, or when something new needs its place.</summary>
    public void Resize(BindingCacheOptions options) => _options = options;

    /// <summary>Bindings with overrides watch so many names more, or fewer.</summary>
    internal void AddOverriddenWeight(int more) => Interlocked.Add(ref _overriddenWeight, more);

    /// <summary>A one-shot binding has ended.</summary>
    internal void Forget(ServiceBinding<TDestination> oneShot) => _oneShotBindings.TryRemove(oneShot, out _);

    /// <summary>A binding that led somewhere does no more: it goes before those that do.</summary>
    internal void Worsened(ServiceBinding<TDestination> binding)
    {
        lock (_gate) _order.Requeue(binding);
    }

    /// <summary>Ends all bindings, held or not.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            foreach (ServiceBinding<TDestination> binding in _bindings.Values) binding.Close();
            foreach (ServiceBinding<TDestination> binding in _oneShotBindings.Keys) binding.Close();
            _bindings.Clear();
            _order.Clear();
            _oneShotBindings.Clear();
        }
        Queue.Dispose();
    }

    private void Tick()
    {
        int before = _clock;
        _clock = (int)Time.GetElapsedTime(_started).TotalSeconds;
        int every = Math.Max(1, (int)(_options.IdleTtl.TotalSeconds / 10));
        if (_clock / every != before / every) Sweep();
    }

    private void Sweep()
    {
        lock (_gate)
        {
            foreach ((_, ServiceBinding<TDestination> binding) in _bindings)
            {
                if (_clock - binding.LastUsed <= _options.IdleTtl.TotalSeconds || !binding.TryClose()) continue;
                Remove(binding);
                _expiries++;
            }
        }
    }

    private void Add(BindingKey key, ServiceBinding<TDestination> binding)
    {
        binding.Key = new StoredKey(key);
        _bindings[binding.Key] = binding;
        _order.Add(binding);
        if (binding.HasOverrides) _overridden++;
    }

    private void Remove(ServiceBinding<TDestination> binding)
    {
        EvictionOrder<TDestination>.Remove(binding);
        if (_bindings.TryRemove(binding.Key!, out _) && binding.HasOverrides) _overridden--;
    }

    private bool TryMakeRoom(bool forOverrides, ref List<ServiceBinding<TDestination>>? evicted)
    {
        if (forOverrides && IsShareTaken)
        {
            // The newcomer may weigh more than one of those that go for it.
            while (IsShareTaken && (evicted?.Count ?? 0) < EvictionBatch && TryEvict(EvictionScope.Overrides, ref evicted))
            {
            }

            return evicted is not null;
        }

        if (_bindings.Count < _options.Capacity) return true;
        return TryEvict(forOverrides ? EvictionScope.Cheap : EvictionScope.All, ref evicted);
    }

    /// <summary>Whether bindings with overrides have all that they may have.</summary>
    private bool IsShareTaken => Math.Max(_overridden, Volatile.Read(ref _overriddenWeight)) >= Math.Max(1, _options.Capacity / 2);

    /// <summary>Makes room for one; false when all that may go are in use. Under the lock; the caller ends the binding outside of it.</summary>
    private bool TryEvict(EvictionScope scope, ref List<ServiceBinding<TDestination>>? evicted)
    {
        if (_order.TrySeal(scope) is not { } one) return false;
        Remove(one);
        (evicted ??= []).Add(one);
        _evictions++;
        return true;
    }
}
