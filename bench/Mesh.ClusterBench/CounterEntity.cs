using Mesh.Actors.Journals;
using Mesh.Actors.Persistence;
using Mesh.Actors.Sharding;

namespace Mesh.ClusterBench;

/// <summary>Counts each command once and remembers all of them.</summary>
internal sealed class CounterEntity : PersistentActor
{
    public const string TypeName = "counter";

    private readonly Dictionary<string, long> _known = new(StringComparer.Ordinal);
    private readonly List<string> _commands = [];
    private readonly EntityContext _place;
    private long _total;

    public CounterEntity(PersistenceExtension persistence, EntityContext place)
        : base(persistence)
    {
        _place = place;
        Recover<Added>(Apply);
        Recover<RecoveryCompleted>(static _ => { });
        Command<Add>(OnAdd);
        Command<Read>(_ => Sender.Tell(new Value(_total, LastSequenceNr, _place.Fence.Epoch, string.Join(',', _commands)), Self));
    }

    public override string PersistenceId => $"{TypeName}-{_place.EntityId}";

    protected override Fence? Fence => _place.Fence;

    protected override void OnPersistRejected(Exception cause, object @event)
    {
        base.OnPersistRejected(cause, @event);
        Sender.Tell(new Refused($"not stored: {cause.Message}"), Self);
    }

    protected override void OnPersistFailure(Exception cause, object @event)
    {
        base.OnPersistFailure(cause, @event);
        Sender.Tell(new Refused($"stops: {cause.Message}"), Self);
    }

    private void OnAdd(Add add)
    {
        if (_known.TryGetValue(add.CommandId, out long sequenceNr))
        {
            Sender.Tell(new Ack(sequenceNr, _place.Fence.Epoch), Self);
            return;
        }

        Persist(new Added(add.CommandId, add.Amount), added =>
        {
            Apply(added);
            Sender.Tell(new Ack(LastSequenceNr, _place.Fence.Epoch), Self);
        });
    }

    private void Apply(Added added)
    {
        _known.TryAdd(added.CommandId, LastSequenceNr);
        _commands.Add(added.CommandId);
        _total += added.Amount;
    }
}
