using System.Collections.Immutable;
using System.Net;
using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Tables;
using Mesh.Discovery.Names;

namespace Mesh.Discovery.Services;

/// <summary>The instances that this node hosts, and the only writer of their rows.</summary>
/// <remarks>
/// Its verbs are any thread's; what they do, they do on the control loop. Checks are made elsewhere: <see cref="Set"/> says of whom, and
/// <see cref="Report"/> takes what they find.
/// </remarks>
public sealed class LocalServices
{
    /// <summary>Most instances of a node: an app that registers under ever new names must not fill the fleet's table.</summary>
    public const int MaxInstances = 5000;

    /// <summary>Least time between two rows of an instance that health or callers make differ; draining and leaving wait for nothing.</summary>
    public static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(1);

    private readonly NodeServices _services;
    private readonly InstanceRows _rows;
    private readonly LeaseShelf _shelf;
    private readonly DrainShelf _drains;
    private readonly List<Action> _whenRestored = [];
    private readonly string _node;
    private readonly LiveValue<LocalSet> _set = new(LocalSet.Nothing);
    private readonly SortedDictionary<string, Hosted> _hosted = new(StringComparer.Ordinal);
    private bool _isRestoring;
    private long _expired;

    /// <param name="services">The node's.</param>
    /// <param name="table">Of <see cref="ServiceTable.Open"/>.</param>
    /// <param name="node">This node's label.</param>
    /// <param name="inbound">Where other nodes reach this node's inbound side; null: there is none.</param>
    /// <param name="waitsForInbound">There will be one: the fleet is told nothing before <see cref="MoveInbound"/> has said where.</param>
    public LocalServices(
        NodeServices services, OwnerTable<ServiceInstance> table, string node, IPEndPoint? inbound, bool waitsForInbound = false)
    {
        ArgumentNullException.ThrowIfNull(services);
        _rows = new InstanceRows(services, table, node) { Inbound = inbound, IsHeld = waitsForInbound };
        (_services, _node) = (services, node);
        (_shelf, _drains) = (new LeaseShelf(services), new DrainShelf(services));
        if (services.Metrics is { } scope) ServicesMetrics.Register(scope, this);
    }

    /// <summary>Of this process' membership before, which is over: what is registered as it was there goes on with what checks made of it.</summary>
    public LocalServices? Former { private get; set; }

    /// <summary>What is hosted now, for whoever checks it.</summary>
    public ILive<LocalSet> Set => _set;

    /// <summary>Leases that nobody renewed.</summary>
    public long Expired => Interlocked.Read(ref _expired);

    /// <summary>Changes of state that the fleet was told.</summary>
    public long Moves => _rows.Moves;

    public int CountOf(InstanceState state) => _rows.CountOf(state);

    /// <summary>
    /// Brings back what the last process knew: which instances are drained, and the leases, each with its whole time. Once, on the control loop.
    /// </summary>
    public void Restore()
    {
        _isRestoring = true;
        _drains.Load(() => _shelf.Load(leases =>
        {
            foreach (Registration lease in leases)
            {
                if (_hosted.TryGetValue(lease.Key, out Hosted? present) && present.Registration.Ttl is null) _ = _shelf.Remove(lease.Key);
                else if (present is null && !_rows.IsEnding) Put(lease, isKept: true);
            }

            foreach (Hosted early in _hosted.Values.Where(each => _drains.Contains(each.Registration.Key)))
            {
                early.IsDrained = true;
                Tell(early, isUrgent: true);
            }

            _isRestoring = false;
            foreach (Action waiting in _whenRestored) waiting();
            _whenRestored.Clear();
        }));
    }

    /// <summary>
    /// Makes the config's instances be these. They replace leases of their key; <see cref="Registration.Ttl"/> is null in all. It waits for
    /// <see cref="Restore"/>: what was drained must not be up for a moment.
    /// </summary>
    public Task<bool> Configure(ImmutableArray<Registration> registrations) => AskRestored(() =>
    {
        ConfigureNow(registrations);
        return true;
    });

    /// <summary>Takes a lease, or renews and changes one.</summary>
    public async Task<LocalAnswer> Register(Registration lease)
    {
        (LocalAnswer answer, Task<string?>? kept) = await AskRestored(() => RegisterNow(lease)).ConfigureAwait(false);
        return kept is null ? answer : answer with { NotKept = await kept.ConfigureAwait(false) };
    }

    /// <summary>Renews a lease for its whole time.</summary>
    public Task<LocalAnswer> Renew(string key) => AskRestored(() => With(key, hosted =>
    {
        hosted.Deadline = _services.Loop.Now + (hosted.Registration.Ttl ?? TimeSpan.Zero);
        return new LocalAnswer(LocalResult.Updated, View(hosted));
    }));

    /// <summary>Ends a lease.</summary>
    public Task<LocalAnswer> Deregister(string key) => AskRestored(() => With(key, hosted =>
    {
        LocalInstance last = View(hosted);
        if (hosted.Registration.Ttl is null)
            return new LocalAnswer(LocalResult.Configured, last, $"{key} is in the node's config; remove it there");
        Take(hosted);
        _ = _shelf.Remove(key);
        return new LocalAnswer(LocalResult.Removed, last);
    }));

    /// <summary>Drains instances, or takes requests again. Kept through restarts, as long as the instance is hosted.</summary>
    public async Task<DrainAnswer> Drain(DrainQuestion question)
    {
        ArgumentNullException.ThrowIfNull(question);
        (string Meant, Task<string?> Kept)[] all = await AskRestored(() => DrainNow(question).ToArray()).ConfigureAwait(false);
        string?[] faults = await Task.WhenAll(all.Select(static each => each.Kept)).ConfigureAwait(false);
        return new DrainAnswer([.. all.Select(static each => each.Meant)], faults.FirstOrDefault(static fault => fault is not null));
    }

    /// <summary>Tells the fleet that all of this node's instances are about to end; nothing comes after that. How many they are.</summary>
    public Task<int> AnnounceEnd() => Ask(() =>
    {
        _rows.IsEnding = true;
        foreach (Hosted hosted in _hosted.Values) Tell(hosted, isUrgent: true);
        return _hosted.Count;
    });

    /// <summary>
    /// Where other nodes reach this node's inbound side from now on, and the host that its certificate speaks for; null: no TLS. What was held
    /// back is told now.
    /// </summary>
    public Task<bool> MoveInbound(IPEndPoint? inbound, string? host = null) => Ask(() =>
    {
        (_rows.Inbound, _rows.InboundHost, _rows.IsHeld) = (inbound, host, false);
        foreach (Hosted hosted in _hosted.Values) Tell(hosted, isUrgent: true);
        return true;
    });

    /// <summary>What checks make of an instance, in order; what they say of one that is checked otherwise by now says nothing.</summary>
    public void Report(Registration checkedOne, bool isHealthy, string illness) => _services.Loop.Post(() =>
    {
        if (!_hosted.TryGetValue(checkedOne.Key, out Hosted? hosted) || !hosted.Registration.IsCheckedLike(checkedOne)) return;
        if (hosted.IsHealthy == isHealthy) return;
        bool isFirst = hosted.IsHealthy is null;
        (hosted.IsHealthy, hosted.Illness) = (isHealthy, Short(illness));
        Tell(hosted, isUrgent: isFirst);
    });

    /// <summary>All that this node hosts, by key.</summary>
    public Task<ImmutableArray<LocalInstance>> All() => Ask(() => _hosted.Values.Select(View).ToImmutableArray());

    private void ConfigureNow(ImmutableArray<Registration> registrations)
    {
        HashSet<string> keys = [.. registrations.Select(static each => each.Key)];
        foreach (Hosted gone in _hosted.Values.Where(each => each.Registration.Ttl is null && !keys.Contains(each.Registration.Key)).ToArray())
            Take(gone);
        foreach (Registration registration in registrations)
        {
            bool wasLease = _hosted.TryGetValue(registration.Key, out Hosted? present) && present.Registration.Ttl is not null;
            if (wasLease) _ = _shelf.Remove(registration.Key);
            Put(registration);
        }

        _drains.Keep(_hosted.ContainsKey);
        Former = null;
    }

    private IEnumerable<(string Meant, Task<string?> Kept)> DrainNow(DrainQuestion question)
    {
        foreach ((string key, Hosted hosted) in _hosted)
        {
            if (hosted.Registration.Service != question.Service || (question.Id is { } id && hosted.Registration.Id != id)) continue;
            hosted.IsDrained = question.IsDrained;
            Tell(hosted, isUrgent: true);
            string state = View(hosted).State.ToString().ToLowerInvariant();
            yield return ($"{key} is {state}", _drains.Set(key, question.IsDrained));
        }
    }

    private (LocalAnswer, Task<string?>?) RegisterNow(Registration lease)
    {
        if (_rows.IsEnding) return (new LocalAnswer(LocalResult.Ending, null, $"node {_node} ends; register with another"), null);
        bool isNew = !_hosted.TryGetValue(lease.Key, out Hosted? present);
        if (present is { Registration.Ttl: null })
            return (new LocalAnswer(LocalResult.Configured, View(present), $"{lease.Key} is in the node's config; choose another id"), null);
        if (isNew && _hosted.Count >= MaxInstances)
            return (new LocalAnswer(LocalResult.Full, null, $"node {_node} hosts {MaxInstances} instances already"), null);
        bool isOnDisk = present is { IsKept: true } && lease.Equals(present.Registration);
        WriteResult written = Put(lease);
        Hosted hosted = _hosted[lease.Key];
        if (written is WriteResult.Accepted or WriteResult.Unchanged)
            return (new LocalAnswer(isNew ? LocalResult.Created : LocalResult.Updated, View(hosted)), isOnDisk ? null : _shelf.Put(hosted));
        Take(hosted);
        string full = $"the fleet's table takes no more instances of this node ({written})";
        return (new LocalAnswer(LocalResult.Full, null, full), _shelf.Remove(lease.Key));
    }

    /// <summary>What is registered as before goes on with what is known of it.</summary>
    private WriteResult Put(Registration registration, bool isKept = false)
    {
        bool isNew = !_hosted.TryGetValue(registration.Key, out Hosted? hosted);
        if (isNew) _hosted.Add(registration.Key, hosted = HostedOf(registration));
        if (!registration.Equals(hosted!.Registration))
        {
            if (!hosted.Registration.IsCheckedLike(registration)) (hosted.IsHealthy, hosted.Illness) = (null, "");
            hosted.Registration = registration;
            isNew = true;
        }

        hosted.IsKept |= isKept;
        Lend(hosted);
        WriteResult written = Tell(hosted, isUrgent: false);
        if (written is not (WriteResult.Accepted or WriteResult.Unchanged))
            _services.Log(new LogEvent(LogLevel.Error, "services", $"{registration.Key} is not in the fleet's table: {written}"));
        if (isNew) Publish();
        return written;
    }

    private Hosted HostedOf(Registration of) => new(of, Former?._hosted.GetValueOrDefault(of.Key)) { IsDrained = _drains.Contains(of.Key) };

    private void Take(Hosted hosted)
    {
        hosted.Expiry?.Cancel();
        _hosted.Remove(hosted.Registration.Key);
        _rows.Remove(hosted);
        _ = _drains.Set(hosted.Registration.Key, isDrained: false);
        Publish();
    }

    private void Lend(Hosted hosted)
    {
        if (hosted.Registration.Ttl is not { } ttl)
        {
            hosted.Expiry?.Cancel();
            hosted.Expiry = null;
            return;
        }

        hosted.Deadline = _services.Loop.Now + ttl;
        hosted.Expiry?.Cancel();
        hosted.Expiry = _services.Loop.After(ttl, () => Expire(hosted));
    }

    /// <summary>Renewals move the deadline alone; whoever comes for the lease waits for what is left.</summary>
    private void Expire(Hosted hosted)
    {
        TimeSpan left = hosted.Deadline - _services.Loop.Now;
        if (left > TimeSpan.Zero)
        {
            hosted.Expiry = _services.Loop.After(left, () => Expire(hosted));
            return;
        }

        Interlocked.Increment(ref _expired);
        string key = hosted.Registration.Key;
        double seconds = hosted.Registration.Ttl!.Value.TotalSeconds;
        _services.Log(new LogEvent(LogLevel.Info, "services", $"{key} was not renewed in {seconds:0.#} s: it is gone"));
        Take(hosted);
        _ = _shelf.Remove(key);
    }

    private WriteResult Tell(Hosted hosted, bool isUrgent) => _rows.Tell(hosted, isUrgent);

    private void Publish() => _set.Set(new LocalSet([.. _hosted.Values.Select(static each => each.Registration)]));

    private LocalAnswer With(string key, Func<Hosted, LocalAnswer> act) => _hosted.TryGetValue(key, out Hosted? hosted)
        ? act(hosted)
        : new LocalAnswer(LocalResult.NotFound, null, $"node {_node} hosts no instance {key}");

    private LocalInstance View(Hosted hosted) => new(
        hosted.Registration,
        hosted.Told?.State ?? InstanceState.Unhealthy,
        hosted.Told?.Reason ?? "",
        hosted.Told?.Since ?? _services.Loop.UtcNow,
        hosted.Registration.Ttl is null ? null : hosted.Deadline - _services.Loop.Now);

    private static string Short(string text) => text.Length <= ServiceNames.MaxReason ? text : text[..ServiceNames.MaxReason];

    private Task<T> Ask<T>(Func<T> act) => _services.Loop.Ask(act);

    /// <summary>Behind <see cref="Restore"/>: of what is yet to come nobody shall hear that it is not there.</summary>
    private Task<T> AskRestored<T>(Func<T> act) => _services.Loop.Ask(act, defer: later =>
    {
        if (_isRestoring) _whenRestored.Add(later);
        return _isRestoring;
    });
}
