using System.Globalization;
using Mesh.Tests.Simulation.Network;
using Mesh.Tests.Simulation.Nodes;

namespace Mesh.Tests.Simulation.Runs;

/// <summary>What a whole fleet sent from one moment on, by kind of message.</summary>
internal sealed class Traffic
{
    /// <summary>A kind with less than this of a node in a second, while nothing happens, is only sent when there is news.</summary>
    private const double NoRate = 2;

    private readonly SimNetwork _network;
    private readonly SortedDictionary<ushort, (long Messages, long Bytes)> _before;
    private readonly TimeSpan _began;

    public Traffic(SimCluster cluster)
    {
        _network = cluster.Network;
        _before = new SortedDictionary<ushort, (long, long)>(_network.Sent);
        _began = cluster.World.Now;
    }

    /// <summary>Bytes of each kind, per second: what is sent anyway.</summary>
    public SortedDictionary<ushort, double> Rates()
    {
        double seconds = (_network.World.Now - _began).TotalSeconds;
        return new(_network.Sent.ToDictionary(each => each.Key, each => Bytes(each.Key) / seconds));
    }

    /// <summary>Bytes of the kinds that are silent while nothing happens.</summary>
    public SortedDictionary<ushort, double> News(SortedDictionary<ushort, double> idle, int nodes) =>
        new(_network.Sent.Keys.Where(kind => idle.GetValueOrDefault(kind) / nodes < NoRate).ToDictionary(kind => kind, Bytes));

    /// <summary>The mean size of a kind's messages.</summary>
    public double SizeOf(Type type)
    {
        ushort kind = _network.Catalog.Kinds.First(each => each.Type == type).Number;
        (long messages, long _) = _network.Sent.GetValueOrDefault(kind);
        return Bytes(kind) / Math.Max(1, messages - _before.GetValueOrDefault(kind).Messages);
    }

    /// <summary>The kinds with the most bytes, as a node sees them: in and out.</summary>
    public static string Top(SimNetwork network, SortedDictionary<ushort, double> bytes, double nodes) => string.Join(
        ", ", bytes.OrderByDescending(each => each.Value).Take(6).Where(each => each.Value / nodes >= 1).Select(each => string.Create(
            CultureInfo.InvariantCulture,
            $"{network.Catalog.Kinds.First(kind => kind.Number == each.Key).Type.Name} {2 * each.Value / nodes:0}")));

    private double Bytes(ushort kind) => _network.Sent[kind].Bytes - _before.GetValueOrDefault(kind).Bytes;
}
