using System.Collections.Immutable;
using Mesh.Actors.Tables;
using Mesh.Discovery.Names;

namespace Mesh.Discovery.Services;

/// <summary>A service, or those of its instances that carry a tag, that somebody asked for: shared by all who do.</summary>
/// <remarks>Any thread; the table's changes come on the control loop, and whoever is at it computes for all.</remarks>
internal sealed class ServicesName : IDisposable
{
    private readonly ServiceTable _table;
    private readonly string? _tag;
    private readonly ServiceWatch _watch;
    private readonly SerializedAction _update;
    private readonly LiveValue<string> _standing = new(NameStatus.Pending);
    private readonly LiveValue<AddressState> _addresses = new(AddressState.Pending.Instance);
    private readonly ChangeStamp _changed;
    private readonly IDisposable[] _subscriptions;
    private volatile string? _problem;

    /// <param name="id">Prefix, tag if any, service.</param>
    /// <param name="table">Whose rows.</param>
    /// <param name="tag">Only those that carry it; null: all.</param>
    /// <param name="service">In lower case.</param>
    /// <param name="time">For stamps.</param>
    public ServicesName(Names.Path id, ServiceTable table, string? tag, string service, TimeProvider time)
    {
        _table = table;
        _tag = tag;
        _changed = new ChangeStamp(time);
        Bound = new BoundName(id, _addresses);
        _watch = table.Watch(service);
        _update = new SerializedAction(Update);
        _subscriptions = [_watch.List.OnChange(_update.RunNow), table.State.OnChange(UpdateWhileUnknown)];
        _update.RunNow();
    }

    /// <summary>The one object of its id.</summary>
    public BoundName Bound { get; }

    /// <summary>One of <see cref="NameStatus"/>'s words.</summary>
    public ILive<string> Standing => _standing;

    public string? Problem => _problem;

    /// <summary>Written under the namer's lock.</summary>
    public int Watchers { get; set; }

    /// <summary>A destination goes on with the addresses though nobody watches the name.</summary>
    public bool IsHeard => _addresses.HasSubscribers;

    public NameStatus Status => NameStatus.Of(Bound.Id, _addresses.Current, _changed.At, _problem);

    public void Dispose()
    {
        foreach (IDisposable subscription in _subscriptions) subscription.Dispose();
        _watch.Dispose();
    }

    private void UpdateWhileUnknown()
    {
        if (_standing.Current != NameStatus.Bound) _update.RunNow();
    }

    private void Update()
    {
        ServiceList list = _watch.List.Current;
        ServiceTableState state = _table.State.Current;
        ImmutableArray<WeightedAddress> addresses = Addresses(list, state.Self);
        AddressState next = !addresses.IsEmpty ? new AddressState.Known(addresses)
            : list.Rows.IsEmpty && !state.IsSettled ? AddressState.Pending.Instance
            : AddressState.Neg.Instance;
        string standing = next switch
        {
            AddressState.Known => NameStatus.Bound,
            AddressState.Neg => NameStatus.Neg,
            _ => NameStatus.Pending,
        };

        // Who hears that it is bound finds addresses; who loses them is told to look elsewhere first.
        if (standing != NameStatus.Bound) _standing.Set(standing);
        _changed.Note(_addresses.Set(next));
        if (standing == NameStatus.Bound) _standing.Set(standing);
    }

    /// <summary>Instances that are Up, in the order of their ids; of two rows that are one address the one without doubt.</summary>
    private ImmutableArray<WeightedAddress> Addresses(ServiceList list, ulong self)
    {
        OrderedDictionary<AddressKey, WeightedAddress> addresses = new(list.Rows.Length);
        string? problem = null;
        foreach (RowView<ServiceInstance> row in list.Present)
        {
            if (row.Value.State != InstanceState.Up || (_tag is not null && !row.Value.Tags.Items.Contains(_tag))) continue;
            if (InstanceDialing.AddressOf(row, self) is not { } address)
            {
                problem ??= InstanceDialing.Obstacle(row.Value);
                continue;
            }

            if (!addresses.TryGetValue(address.Key, out WeightedAddress other) || other.Doubt is not null) addresses[address.Key] = address;
        }

        _problem = problem;
        return [.. addresses.Values];
    }
}
