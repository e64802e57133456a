using Google.Protobuf;
using Mesh.Actors.Remoting;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.World;

namespace Mesh.Tests.Simulation.Network;

/// <summary>A message that has come, or will come, to the process that reads it.</summary>
internal sealed class Packet : ISimEvent
{
    private readonly SimSessionSide _from;
    private readonly IMessage? _message;
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly Passing _passing;

    public Packet(SimSessionSide from, IMessage message, ushort kind, Lane lane, int size, Passing passing)
    {
        (_from, Kind, Lane, Size, _passing) = (from, kind, lane, size, passing);
        if (passing != Passing.Object) _bytes = message.ToByteArray();
        if (passing != Passing.Bytes) _message = message;
    }

    public ushort Kind { get; }

    public Lane Lane { get; }

    public int Size { get; }

    public SimProcess Owner => _from.Peer;

    public bool IsCancelled => false;

    public ulong TraceCode => ((ulong)Kind << 32) | (uint)Size;

    public void Run() => _from.Peer.Messenger.Read(this, _from);

    /// <summary>What its reader gets.</summary>
    public IMessage Open(SimNetwork network)
    {
        if (_passing == Passing.Bytes) return network.Catalog.Find(Kind)!.ParseFrom(_bytes.Span);
        if (_passing == Passing.Watched)
        {
            network.World.Assert(
                _message!.ToByteArray().AsSpan().SequenceEqual(_bytes.Span), "sent is sent", () => $"{Name} was changed after it was sent");
        }

        return _message!;
    }

    public override string ToString() => $"reads {Name} ({Kind}, {Size} B, {Lane}) of {_from.Self}";

    private string Name => _from.Self.Machine.Network.Catalog.Kinds.First(kind => kind.Number == Kind).Type.Name;
}
