using System.Diagnostics;
using System.Net;
using Mesh.Actors.Tables;
using Mesh.Discovery.Names;
using Mesh.Discovery.Services;
using Mesh.Tests.Actors.Tables;
using Mesh.Tests.Kit;
using Xunit;
using Xunit.Abstractions;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Discovery.Services;

/// <summary>Takes some seconds and prints figures; no claim hangs on a clock.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MeasureFactAttribute()
    : FactIfAttribute(Environment.GetEnvironmentVariable("MESH_MEASURE") == "1" ? null : "measures: MESH_MEASURE=1");

/// <summary>What 10 000 services of 10 instances cost one node.</summary>
public sealed class ServiceIndexMeasure(ITestOutputHelper output)
{
    private const int Services = 10_000;
    private const int Nodes = 10;

    [MeasureFact]
    public void TenThousandServicesOfTenInstances()
    {
        TableWorld world = new(seed: 5) { Settings = new TableSettings { SaveInterval = TimeSpan.FromHours(1) } };
        long empty = GC.GetTotalMemory(forceFullCollection: true);
        ServiceNode node = ServiceNode.In(world);
        TestNode[] owners = [.. Enumerable.Range(0, Nodes).Select(_ => world.AddNode())];
        world.AllUp();
        var codec = new ServicesCodec();
        for (int owner = 0; owner < Nodes; owner++) Deliver(node, owners[owner], owner, codec);
        Stopwatch watch = Stopwatch.StartNew();
        world.Run(3);
        output.WriteLine($"indexed {node.Table.Instances} rows of {node.Table.Services} services in {watch.ElapsedMilliseconds} ms");
        long full = GC.GetTotalMemory(forceFullCollection: true);
        output.WriteLine($"memory: {(full - empty) / 1e6:0.0} MB, {(full - empty) / (Services * Nodes)} bytes a row");

        double[] micros = new double[Services];
        List<INameWatch> held = [];
        for (int i = 0; i < Services; i++)
        {
            long began = Stopwatch.GetTimestamp();
            held.Add(node.Namer.Lookup(Path.Parse($"/service-{i}")));
            micros[i] = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
        }

        Array.Sort(micros);
        output.WriteLine($"a new name: median {micros[Services / 2]:0.0} us, p99 {micros[Services * 99 / 100]:0.0} us, worst {micros[^1]:0.0} us");
        output.WriteLine($"memory of {Services} watched names: {(GC.GetTotalMemory(forceFullCollection: true) - full) / 1e6:0.0} MB");
        Assert.All(held, each => Assert.IsType<NameState.Resolved>(each.Current));
        Changes(node, world);
    }

    private void Changes(ServiceNode node, TableWorld world)
    {
        node.Done(node.Local.Configure([ServiceNode.App("service-77", "mine")]));
        world.Run(1);
        Stopwatch watch = Stopwatch.StartNew();
        const int Rounds = 200;
        for (int i = 0; i < Rounds; i++)
        {
            node.Done(node.Local.Drain(new DrainQuestion("service-77", null, i % 2 == 0, "me")));
            world.Run(0.2);
        }

        output.WriteLine($"a row that changes: {watch.Elapsed.TotalMicroseconds / Rounds:0} us with all that is around it");
    }

    /// <summary>An owner's rows as they come from the wire, in messages of a hundred.</summary>
    private static void Deliver(ServiceNode node, TestNode owner, int number, ServicesCodec codec)
    {
        var at = new IPEndPoint(new IPAddress([10, 0, 0, (byte)number]), 4143);
        ulong version = 0;
        foreach (int[] part in Enumerable.Range(0, Services).Chunk(100))
        {
            Mesh.Actors.Tables.Protocol.TableDelta delta = new() { Table = ServiceTable.TableName };
            foreach (int service in part)
            {
                IPEndPoint app = new(IPAddress.Loopback, 8080);
                ServiceInstance row = new($"service-{service}", $"n{number}-8080", app, $"n{number}") { Inbound = at };
                delta.Rows.Add(new Mesh.Actors.Tables.Protocol.Row
                {
                    Origin = owner.Self.Uid,
                    Key = row.Key,
                    Sequence = ++version,
                    Value = Google.Protobuf.ByteString.CopyFrom(codec.Encode(row).Span),
                });
            }

            byte[] wire = Google.Protobuf.MessageExtensions.ToByteArray(delta);
            node.Node.Messenger.Deliver(owner.Self, Mesh.Actors.Tables.Protocol.TableDelta.Parser.ParseFrom(wire));
        }
    }
}
