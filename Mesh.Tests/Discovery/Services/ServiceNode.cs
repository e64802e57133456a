using System.Net;
using Mesh.Actors.Control;
using Mesh.Discovery.Names;
using Mesh.Discovery.Services;
using Mesh.Tests.Actors.Tables;
using Mesh.Tests.Kit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Discovery.Services;

/// <summary>A node of a small world in virtual time, with its services.</summary>
internal sealed class ServiceNode : IDisposable
{
    private readonly TableWorld _world;

    private ServiceNode(TableWorld world, TestNode node, string name, IPEndPoint? inbound, bool waitsForInbound)
    {
        (_world, Node) = (world, node);
        var services = new NodeServices(node.Loop, node.Messenger, node.Disk, null, node.Logged.Add);
        Local = new LocalServices(services, Table.Open(services, node.Tables), name, inbound, waitsForInbound);
        Local.Restore();
        Namer = new ServicesNamer(ServicesNamer.DefaultPrefix, Table, includeTag: false, new FakeTime());
        node.Tables.Start();
    }

    public TestNode Node { get; }

    public ServiceTable Table { get; } = new();

    public LocalServices Local { get; }

    public ServicesNamer Namer { get; }

    public static ServiceNode In(
        TableWorld world, string name = "n1", FakeDisk? disk = null, IPEndPoint? inbound = null, bool waitsForInbound = false) =>
        new(world, world.AddNode(disk, start: false), name, inbound, waitsForInbound);

    public static Registration App(string service = "web", string id = "a", int port = 8080, string ip = "127.0.0.1") =>
        new(service, id, new IPEndPoint(IPAddress.Parse(ip), port));

    public static Registration Lease(string service = "web", string id = "a", int port = 8080, int seconds = 30) =>
        App(service, id, port) with { Ttl = TimeSpan.FromSeconds(seconds) };

    public static InstanceCheck Check(string? path = "/health") => new(path, null, null, 1000, 500, 2, 3);

    /// <summary>The answer, once the loop had its turn, and the pool, where awaits go on.</summary>
    public T Done<T>(Task<T> asked)
    {
        bool done = SpinWait.SpinUntil(Turn, TimeSpan.FromSeconds(30));
        return done ? asked.Result : throw new TimeoutException("nobody answered");

        bool Turn()
        {
            _world.Run(TimeSpan.Zero);
            return asked.IsCompleted;
        }
    }

    /// <summary>Each row as <c>service/id state</c>, by key.</summary>
    public string[] Rows() =>
    [
        .. Table.All().SelectMany(list => list.Rows).Select(row => $"{row.Key} {row.Value.State}"),
    ];

    public NameState Bind(string path, out INameWatch watch)
    {
        watch = Namer.Lookup(Path.Parse(path));
        return watch.Current;
    }

    /// <summary>What the name leads to now: addresses with instance and doubt, or the state's name.</summary>
    /// <param name="path">The name.</param>
    /// <param name="seen">As whom others use them; null: as the node itself does.</param>
    public string Addresses(string path, Func<AddressState, AddressState>? seen = null)
    {
        using INameWatch watch = Namer.Lookup(Path.Parse(path));
        if (watch.Current is NameState.Pending) return "pending";
        if (watch.Current == NameState.Resolved.Neg) return "~";
        var bound = (Name.Bound)((NameTree<Name>.Leaf)((NameState.Resolved)watch.Current).Tree).Value;
        AddressState now = bound.Destination.Addresses.Current;
        return (seen?.Invoke(now) ?? now) is AddressState.Known known ? string.Join(", ", known.Addresses.Select(Text)) : "?";
    }

    public void Dispose() => Namer.Dispose();

    private static string Text(WeightedAddress address) =>
        $"{address.EndPoint}{(address.Host is null ? "" : $" of {address.Host}")}"
        + $"{(address.Instance is null ? "" : $" for {address.Instance}")}{(address.Doubt is null ? "" : $" ({address.Doubt})")}";
}
