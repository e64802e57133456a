using System.Collections.Frozen;
using Mesh.Discovery.Names;

namespace Mesh.Discovery.Services;

/// <summary>
/// <c>/#/io.mesh.local/&lt;service&gt;/&lt;id&gt;</c>: the app of one instance that this node hosts, whatever its state, since who asks for it by
/// name has chosen it. Not hosted here = <c>~</c>. For the inbound side alone.
/// </summary>
/// <remarks>Any thread; changes of what is hosted come on the control loop. Knows nothing before <see cref="Follow"/>.</remarks>
public sealed class LocalInstancesNamer : INamer, IDisposable
{
    /// <summary>Most names that are followed; beyond it a name that is unknown stays so for whoever asked.</summary>
    public const int MaxNames = 2 * LocalServices.MaxInstances;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LocalName> _names = [];
    private readonly SerializedAction _update;
    private readonly ITimer _sweep;
    private volatile FrozenDictionary<string, Registration>? _hosted;
    private volatile LocalServices? _local;
    private IDisposable? _subscription;

    public LocalInstancesNamer(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _update = new SerializedAction(Update);
        _sweep = time.CreateTimer(
            static self => ((LocalInstancesNamer)self!).Sweep(), this, ServicesNamer.SweepInterval, ServicesNamer.SweepInterval);
    }

    public static Names.Path DefaultPrefix { get; } = Names.Path.Of("#", "io.mesh.local");

    public Names.Path Prefix => DefaultPrefix;

    /// <summary>Names that are followed now.</summary>
    internal int Count
    {
        get
        {
            lock (_gate) return _names.Count;
        }
    }

    /// <summary>Whose instances they are from now on; what was known before holds until then.</summary>
    public void Follow(LocalServices local)
    {
        ArgumentNullException.ThrowIfNull(local);
        _local = local;
        _subscription?.Dispose();
        _subscription = local.Set.OnChange(_update.RunNow);
        _update.RunNow();
    }

    public INameWatch Lookup(Names.Path residual)
    {
        if (residual.Count < 2) return new FixedNameWatch(NameState.Resolved.Neg);
        string service = ServiceNames.Normal(residual[0]);
        string key = ServiceInstance.KeyOf(service, residual[1]);
        lock (_gate)
        {
            if (!_names.TryGetValue(key, out LocalName? name))
            {
                if (_names.Count >= MaxNames) return new FixedNameWatch(NameState.Resolved.Neg);
                _names.Add(key, name = new LocalName(DefaultPrefix + Names.Path.Of(service, residual[1])));
                name.Set(AddressOf(key));
            }

            name.Watchers++;
            return new StandingWatch(name.Bound, name.Standing, residual.Drop(2), () => Release(name));
        }
    }

    public void Dispose()
    {
        _subscription?.Dispose();
        _sweep.Dispose();
    }

    private void Update()
    {
        _hosted = _local!.Set.Current.Registrations.ToFrozenDictionary(static each => each.Key);
        KeyValuePair<string, LocalName>[] names;
        lock (_gate) names = [.. _names];
        foreach ((string key, LocalName name) in names) name.Set(AddressOf(key));
    }

    private AddressState AddressOf(string key) => _hosted is not { } hosted ? AddressState.Pending.Instance
        : hosted.TryGetValue(key, out Registration? registration) ? new AddressState.Known([AddressOf(registration)])
        : AddressState.Neg.Instance;

    private static WeightedAddress AddressOf(Registration of) => new(of.App, 1) { Protocol = ServiceInstance.ProtocolOf(of.Protocol) };

    private void Release(LocalName name)
    {
        lock (_gate) name.Watchers--;
    }

    private void Sweep()
    {
        lock (_gate)
        {
            foreach ((string key, LocalName name) in _names)
            {
                if (name.Watchers == 0 && !name.IsHeard) _names.Remove(key);
            }
        }
    }

    /// <summary>One instance that somebody asked for: shared by all who do.</summary>
    private sealed class LocalName
    {
        private readonly LiveValue<AddressState> _addresses = new(AddressState.Pending.Instance);
        private readonly LiveValue<string> _standing = new(NameStatus.Pending);

        public LocalName(Names.Path id) => Bound = new BoundName(id, _addresses);

        public BoundName Bound { get; }

        public LiveValue<string> Standing => _standing;

        /// <summary>Written under the namer's lock.</summary>
        public int Watchers { get; set; }

        public bool IsHeard => _addresses.HasSubscribers;

        /// <summary>Who hears that it is bound finds the address; who loses it is told to look elsewhere first.</summary>
        public void Set(AddressState next)
        {
            string standing = next switch
            {
                AddressState.Known => NameStatus.Bound,
                AddressState.Neg => NameStatus.Neg,
                _ => NameStatus.Pending,
            };
            if (standing != NameStatus.Bound) _standing.Set(standing);
            _addresses.Set(next);
            if (standing == NameStatus.Bound) _standing.Set(standing);
        }
    }
}
