using Google.Protobuf.WellKnownTypes;
using Mesh.Actors;
using Mesh.Actors.Remoting;
using Mesh.Tests.Simulation.Network;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.World;

namespace Mesh.Tests.Simulation.Toy;

/// <summary>Writes down what its messenger tells it: for tests of the network itself.</summary>
internal sealed class RecorderProgram(SimProcess process) : SimProgram
{
    public static readonly MessageCatalog Catalog = new([MessageKind.Of(90, StringValue.Parser), MessageKind.Of(91, BytesValue.Parser)]);

    /// <summary>One line each, in order: <c>connected n1.1</c>, <c>heard x of n1.1</c>, <c>lost n1.1: Broken</c>.</summary>
    public List<string> Story { get; } = [];

    /// <summary>How late the turn that heard the last message was.</summary>
    public TimeSpan Lateness { get; private set; }

    public override void Start()
    {
        SimMessenger messenger = process.Messenger;
        messenger.Handle<StringValue>((from, message) =>
        {
            Lateness = process.Loop.Lateness;
            Story.Add($"heard {message.Value} of {Name(from)}");
        });
        messenger.Handle<BytesValue>((from, message) => Story.Add($"heard {message.Value.Length} bytes of {Name(from)}"));
        messenger.PeerConnected += (peer, _) => Story.Add($"connected {Name(peer)}");
        messenger.PeerDisconnected += (peer, why) => Story.Add($"lost {Name(peer)}: {why}");
    }

    /// <summary>So many machines, all started, with nothing wrong between them.</summary>
    public static SimCluster Cluster(int machines, NetworkSettings? settings = null, ulong seed = 1)
    {
        SynchronizationContext.SetSynchronizationContext(null);
        settings ??= new NetworkSettings { TailShare = 0 };
        var cluster = new SimCluster(new SimWorld(seed), settings, Catalog, machines, 0, process => new RecorderProgram(process));
        foreach (SimMachine machine in cluster.Machines) cluster.Start(machine);
        cluster.World.RunFor(TimeSpan.FromMilliseconds(1));
        return cluster;
    }

    private string Name(UniqueAddress node) => process.Machine.Network.Find(node.Address)!.ToString();
}
