using Mesh.Actors;
using Mesh.Actors.Remoting;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.World;

namespace Mesh.Tests.Simulation.Network;

/// <summary>The machines' addresses and what lies between them.</summary>
internal sealed class SimNetwork(SimWorld world, NetworkSettings settings, MessageCatalog catalog)
{
    private readonly Dictionary<long, Link> _links = [];
    private readonly Dictionary<(string Host, int Port), SimMachine> _machines = [];

    public SimWorld World => world;

    public NetworkSettings Settings => settings;

    public MessageCatalog Catalog => catalog;

    /// <summary>What was sent, by kind of message.</summary>
    public SortedDictionary<ushort, (long Messages, long Bytes)> Sent { get; } = [];

    public long Dropped { get; set; }

    /// <summary>In the order in which they were added.</summary>
    public IEnumerable<SimMachine> Machines => _machines.Values;

    public void Add(SimMachine machine) => _machines[(machine.Address.Host!, machine.Address.Port ?? 0)] = machine;

    public SimMachine? Find(Address address) => _machines.GetValueOrDefault((address.Host ?? "", address.Port ?? 0));

    public Link Link(SimMachine from, SimMachine to)
    {
        long key = ((long)from.Index << 32) | (uint)to.Index;
        if (!_links.TryGetValue(key, out Link? link))
            _links[key] = link = new Link(settings, Hashes.Of(world.Seed, 0x117, (ulong)key));
        return link;
    }

    public bool IsOpen(SimMachine from, SimMachine to) => from == to || !Link(from, to).IsCut;

    public void Count(SimProcess from, SimProcess to, ushort kind, Lane lane, int bytes)
    {
        (long messages, long sum) = Sent.GetValueOrDefault(kind);
        Sent[kind] = (messages + 1, sum + bytes);
        from.Machine.BytesOut += bytes;
        from.Machine.BytesByLane[(int)lane] += bytes;
        to.Machine.BytesIn += bytes;
    }
}
