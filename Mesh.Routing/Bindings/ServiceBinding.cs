using Mesh.Discovery.Names;
using Mesh.Routing.Dtabs;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Bindings;

/// <summary>
/// The live binding of one service name: evaluated once when it is made, and again whenever a name, the dtab, or the presence of addresses
/// that it depends on changes. A request holds it (the cache hands it out held) and releases it when it ends.
/// </summary>
/// <remarks>
/// Reading is one volatile read. Evaluations run one at a time and publish one immutable snapshot by one volatile write; no lock is held while
/// anybody is called. The first is made at once, by whoever asked for the name: it waits for nothing and costs some microseconds, less than a way to
/// the thread pool and back. Only one with overrides goes there, since who sent the rules may have made them expensive. Later ones wait their
/// turn in the cache's <see cref="EvaluationQueue"/>.
/// </remarks>
public sealed class ServiceBinding<TDestination> : IEvaluated
    where TDestination : class
{
    private const int Closed = int.MinValue / 2;

    private readonly BindingCache<TDestination> _cache;
    private readonly BindingInputs _inputs;
    private readonly SerializedAction _evaluation;
    private readonly SecondLook _secondLook = new();
    private readonly TaskCompletionSource<BindingSnapshot<TDestination>> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile BindingSnapshot<TDestination>? _current;
    private volatile string _waitingFor = "";
    private IDisposable? _companion;
    private int _inUse;
    private int _isQueued;
    private volatile bool _wasAskedAgain;
    private int _lastUsed;
    private int _weight;

    internal ServiceBinding(BindingCache<TDestination> cache, Path name, Dtab overrides, bool isOneShot)
    {
        _cache = cache;
        Name = name;
        Overrides = overrides;
        IsOneShot = isOneShot;
        _evaluation = new SerializedAction(EvaluateForAll);
        _inputs = new BindingInputs(Invalidate, overrides.Dentries.IsEmpty ? int.MaxValue : BindingCacheOptions.MaxNamesOfOverrides);
    }

    public Path Name { get; }

    /// <summary>Rules that the request brought; they win over <see cref="BaseDtab"/>. Empty for most.</summary>
    public Dtab Overrides { get; }

    /// <summary>The router's rules as they are now.</summary>
    public Dtab BaseDtab => _cache.Dtab;

    /// <summary>Not in the cache, because it was full of bindings in use: ends with its last request.</summary>
    public bool IsOneShot { get; }

    /// <summary>Null until first bound.</summary>
    public BindingSnapshot<TDestination>? Current => _current;

    /// <summary>Completes with the first snapshot, shared by all who wait; cancelled when the binding is closed before that.</summary>
    public Task<BindingSnapshot<TDestination>> FirstBound => _first.Task;

    /// <summary>What the first binding waits for, one line; empty when it is there.</summary>
    public string WaitingFor => _current is null ? _waitingFor : "";

    /// <summary>Requests that hold it.</summary>
    public int InUse => Math.Max(0, Volatile.Read(ref _inUse));

    /// <summary>The cache's coarse clock at the last use.</summary>
    internal int LastUsed => Volatile.Read(ref _lastUsed);

    internal bool HasOverrides => Key is { HasOverrides: true };

    /// <summary>Its key in the cache; null for a one-shot one.</summary>
    internal StoredKey? Key { get; set; }

    /// <summary>Its place among those that may be evicted. Under the cache's lock.</summary>
    internal LinkedListNode<ServiceBinding<TDestination>>? Place { get; set; }

    /// <summary>What its user hung on it, such as the name's metric series; disposed when the binding closes.</summary>
    public IDisposable? Companion => Volatile.Read(ref _companion);

    /// <summary>Hangs something on a held binding; when two do at once, both get the first.</summary>
    public IDisposable Accompany(Func<IDisposable> make)
    {
        IDisposable made = make();
        IDisposable? other = Interlocked.CompareExchange(ref _companion, made, null);
        if (other is null) return made;
        made.Dispose();
        return other;
    }

    /// <summary>The first snapshot, or null when it does not come within <paramref name="timeout"/> (or the node ends).</summary>
    public async ValueTask<BindingSnapshot<TDestination>?> WaitAsync(TimeSpan timeout)
    {
        if (_current is { } current) return current;
        try
        {
            return await _first.Task.WaitAsync(timeout, _cache.Time).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return _current;
        }
    }

    /// <summary>For a request that was led to nobody: evaluated again once for each finding, as destinations may hear of changes first.</summary>
    /// <param name="finding">What the request saw; the same object for all that saw the same.</param>
    /// <param name="timeout">How long it waits at most; it goes by what there is then.</param>
    public async ValueTask<BindingSnapshot<TDestination>?> LookAgainAsync(object finding, TimeSpan timeout)
    {
        await _secondLook.Ask(finding, _evaluation.Request).WaitAsync(timeout, _cache.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _current;
    }

    /// <summary>How the name is bound just now, a line a step. Cold: evaluates again, from what is known already.</summary>
    public Task<string> ExplainAsync() => BindingExplanation.OfAsync(Name, Overrides, _cache.Rules);

    /// <summary>Ends one request's hold.</summary>
    public void Release()
    {
        _lastUsed = _cache.Clock;
        if (Interlocked.Decrement(ref _inUse) == 0 && IsOneShot) TryClose();
    }

    /// <summary>False when the binding is closed already.</summary>
    internal bool TryHold()
    {
        _wasAskedAgain = true;
        if (Interlocked.Increment(ref _inUse) > 0) return true;
        Interlocked.Decrement(ref _inUse);
        return false;
    }

    /// <summary>Holds it for whoever made it: being asked for once is no reason to stay.</summary>
    internal void HoldFirst() => _inUse = 1;

    /// <summary>Whether it was asked for since this was last called.</summary>
    internal bool TakeAskedAgain()
    {
        bool was = _wasAskedAgain;
        _wasAskedAgain = false;
        return was;
    }

    /// <summary>Closes it unless a request holds it.</summary>
    internal bool TryClose()
    {
        if (!TrySeal()) return false;
        if (IsOneShot) _cache.Forget(this);
        _evaluation.Request();
        return true;
    }

    /// <summary>Lets nobody hold it from now on, unless a request does; <see cref="End"/> must follow.</summary>
    internal bool TrySeal()
    {
        if (Interlocked.CompareExchange(ref _inUse, Closed, 0) != 0) return false;
        Weigh(0);
        return true;
    }

    /// <summary>Gives up what a sealed one had, at once: whoever pushed it out pays for it.</summary>
    internal void End() => _evaluation.RunNow();

    /// <summary>Closes it whoever holds it (the node ends).</summary>
    internal void Close()
    {
        Volatile.Write(ref _inUse, Closed);
        _evaluation.Request();
    }

    /// <summary>The first evaluation: requests wait for it.</summary>
    internal void Begin()
    {
        if (Overrides.Dentries.IsEmpty) _evaluation.RunNow();
        else _evaluation.Request();
    }

    /// <summary>Something that it depends on changed: it is evaluated at once while requests wait for it, else when its turn comes.</summary>
    internal void Invalidate()
    {
        if (_current is null) _evaluation.Request();
        else if (Interlocked.Exchange(ref _isQueued, 1) == 0) _cache.Queue.Enqueue(this);
    }

    /// <summary>What changes after the first line needs another turn; what changed before it is seen by this one.</summary>
    void IEvaluated.EvaluateNow()
    {
        Interlocked.Exchange(ref _isQueued, 0);
        _evaluation.RunNow();
    }

    private void EvaluateForAll()
    {
        SecondLook.Waiting? waiting = _secondLook.Begin();
        Evaluate();
        _secondLook.End(waiting);
    }

    private void Evaluate()
    {
        if (Volatile.Read(ref _inUse) < 0)
        {
            _inputs.DropAll();
            Weigh(0);
            ReleaseAll(_current);
            _current = null;
            _first.TrySetCanceled();
            Interlocked.Exchange(ref _companion, null)?.Dispose();
            return;
        }
        BindingRules rules = _cache.Rules;
        switch (rules.Dtab)
        {
            case DtabState.Known known:
                Evaluate(known.Dtab, rules);
                break;
            case DtabState.Failed failed when _current is not { Failure: null }:
                PublishFailure(new BindingFailure(BindFailureKind.NamerFailed, Explain(failed.Reason), failed.Reason));
                break;
            case DtabState.Pending pending:
                _waitingFor = pending.WaitingFor;
                break;
        }
    }

    private void Evaluate(Dtab dtab, BindingRules rules)
    {
        BindResult result;
        try
        {
            Dtab here = _inputs.BeginEvaluation(rules, dtab + Overrides);
            result = NameBinder.Bind(Name, here, _inputs.Lookup, _inputs.Addresses);
            _inputs.EndEvaluation();
            Weigh(_inputs.Names);
            result = _inputs.Exceeded is { } reason
                ? new BindResult.Failed(BindFailureKind.MaxDepth, reason, result.Trail)
                : NameBinder.Transform(result, rules.Transformers);
        }
        catch (Exception e)
        {
            // A namer's bug is that name's failure, not the node's end.
            result = new BindResult.Failed(BindFailureKind.NamerFailed, $"{e.GetType().Name}: {e.Message}", new BindTrail());
        }
        switch (result)
        {
            case BindResult.Resolved { Failure: null } resolved:
                if (_current?.Tree is { } tree && tree.Equals(resolved.Tree)) break;
                Publish(BindingSnapshot<TDestination>.Of(resolved.Tree, _cache.Destinations));
                break;
            case BindResult.Resolved resolved:
                PublishFailure(new BindingFailure(resolved.Failure!.Value, Explain(resolved.Trail.Summary()), resolved.Trail.ToString()));
                break;
            case BindResult.Failed failed:
                string summary = failed.Trail.Summary();
                // What a transformer could not do is no step of the trail.
                string reason = summary.Contains(failed.Reason, StringComparison.Ordinal) && failed.Trail.Omitted == 0 ? summary : failed.Reason;
                PublishFailure(new BindingFailure(failed.Kind, Explain(reason), failed.Trail.ToString()));
                break;
            default:
                // Before the first result there is nothing to serve; after it the last one serves on.
                _waitingFor = result.Trail.Summary();
                break;
        }
    }

    /// <summary>Tells the cache how many names are watched by rules of a request: those count, others are the operator's.</summary>
    private void Weigh(int weight)
    {
        if (!Overrides.Dentries.IsEmpty) _cache.AddOverriddenWeight(weight - Interlocked.Exchange(ref _weight, weight));
    }

    private string Explain(string what) => $"{Name} cannot be bound: {what}";

    private void PublishFailure(BindingFailure failure)
    {
        if (_current?.Failure != failure) Publish(new BindingSnapshot<TDestination>([], failure, null));
    }

    private void Publish(BindingSnapshot<TDestination> snapshot)
    {
        BindingSnapshot<TDestination>? old = _current;
        _current = snapshot;
        _first.TrySetResult(snapshot);
        if (old is { Failure: null } && snapshot.Failure is not null) _cache.Worsened(this);
        ReleaseAll(old);
    }

    private void ReleaseAll(BindingSnapshot<TDestination>? snapshot)
    {
        if (snapshot is null) return;
        foreach (WeightedLeaf<TDestination> leaf in snapshot.Leaves)
        {
            if (leaf.Destination is { } destination) _cache.Destinations.Release(destination);
        }
    }
}
