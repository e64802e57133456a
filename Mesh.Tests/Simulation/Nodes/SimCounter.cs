using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Mesh.Actors;
using Mesh.Actors.Journals;
using Mesh.Actors.Persistence;
using Mesh.Actors.Remoting;
using Mesh.Actors.Sharding;

namespace Mesh.Tests.Simulation.Nodes;

/// <summary>A command to a counter: count this, once.</summary>
internal sealed record Add(long Command);

/// <summary>A counter's event.</summary>
internal sealed record Added(long Command);

/// <summary>A counter's answer: it is counted, and durable.</summary>
internal sealed record Done(string Entity, long Command);

/// <summary>A counter's state: the commands that it counted, in their order.</summary>
internal sealed record Counted(long[] Commands);

internal static class CounterMessages
{
    public static void Register(MessageSerializers serializers)
    {
        serializers.Register<Add>("sim-add.v1", add => Bytes(add.Command), bytes => new Add(Number(bytes)));
        serializers.Register<Added>("sim-added.v1", added => Bytes(added.Command), bytes => new Added(Number(bytes)));
        serializers.Register<Done>(
            "sim-done.v1", done => [.. Bytes(done.Command), .. Encoding.UTF8.GetBytes(done.Entity)],
            bytes => new Done(Encoding.UTF8.GetString(bytes.Span[sizeof(long)..]), Number(bytes)));
        serializers.Register<Counted>(
            "sim-counted.v1", state => MemoryMarshal.AsBytes<long>(state.Commands).ToArray(),
            bytes => new Counted(MemoryMarshal.Cast<byte, long>(bytes.Span).ToArray()));
    }

    private static byte[] Bytes(long number)
    {
        byte[] bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return bytes;
    }

    private static long Number(ReadOnlyMemory<byte> bytes) => BinaryPrimitives.ReadInt64LittleEndian(bytes.Span);
}

/// <summary>An entity that counts each command once, however often it comes.</summary>
internal sealed class SimCounter : PersistentActor
{
    private const int SnapshotEvery = 7;

    private readonly EntityHost _host;
    private readonly EntityContext _context;
    private readonly List<long> _counted = [];
    private int _acked;

    public SimCounter(EntityHost host, EntityContext context) : base(host.Persistence)
    {
        (_host, _context) = (host, context);
        Recover<SnapshotOffer>(offer => _counted.AddRange(((Counted)offer.State).Commands));
        Recover<Added>(added => _counted.Add(added.Command));
        Recover<RecoveryCompleted>(_ => host.Commands.Recovered(host, context, _counted, _acked));
        Command<Add>(Count);
    }

    public override string PersistenceId => _context.EntityId;

    protected override Fence? Fence => _context.Fence;

    protected override void PreStart()
    {
        _acked = _host.Commands.Acked(PersistenceId);
        base.PreStart();
    }

    private void Count(Add add)
    {
        _host.Commands.Handling(_host, _context);
        if (_counted.Contains(add.Command))
        {
            Answer(add);
            return;
        }

        Persist(new Added(add.Command), added =>
        {
            _counted.Add(added.Command);
            _host.Commands.Stored(_host, PersistenceId, added.Command);
            Answer(add);
            if (_counted.Count % SnapshotEvery == 0) SaveSnapshot(new Counted([.. _counted]));
        });
    }

    private void Answer(Add add) => Sender?.Tell(new Done(PersistenceId, add.Command), Self);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{PersistenceId} in epoch {_context.Fence.Epoch}");
}

/// <summary>Where answers of entities come in.</summary>
internal sealed class SimClient : ReceiveActor
{
    public SimClient(EntityHost host) => Receive<Done>(done => host.Commands.Answered(host, done));
}
