using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Mesh.Actors.Tables;
using Mesh.Discovery.Services;
using Xunit;

namespace Mesh.Tests.Discovery.Services;

/// <summary>The index over the table of services, and rows as bytes.</summary>
public sealed class ServiceTableTests
{
    private static readonly string[] s_services = ["a", "a-b", "a.b", "b"];

    /// <summary>Service, id, owner, and whether it comes or goes.</summary>
    private static readonly Gen<(int Service, int Id, int Owner, bool Comes)[]> s_batches =
        Gen.Choose(0, s_services.Length - 1).SelectMany(service => Gen.Choose(0, 4).SelectMany(id => Gen.Choose(1, 3)
            .SelectMany(owner => Gen.Choose(0, 2).Select(comes => (service, id, owner, comes > 0))))).ArrayOf().Resize(60);

    private static readonly Comparer<(string Key, ulong Owner)> s_order = Comparer<(string Key, ulong Owner)>.Create(
        (left, right) => string.CompareOrdinal(left.Key, right.Key) is var order and not 0 ? order : left.Owner.CompareTo(right.Owner));

    [Fact]
    public void Index_IsWhatTheTableWouldSay_AfterEveryBatch()
    {
        Prop.ForAll(s_batches.ArrayOf().Resize(12).ToArbitrary(), batches =>
        {
            var table = new ServiceTable();
            using ServiceWatch watched = table.Watch("a");
            SortedDictionary<(string Key, ulong Owner), RowView<ServiceInstance>> rows = new(s_order);
            ulong version = 0;
            foreach ((int Service, int Id, int Owner, bool Comes)[] batch in batches)
            {
                Dictionary<(string, ulong), RowView<ServiceInstance>?> before = [];
                foreach ((int service, int id, int owner, bool comes) in batch)
                {
                    RowView<ServiceInstance> row = Row(s_services[service], $"i{id}", (ulong)owner, ++version);
                    before.TryAdd((row.Key, row.Owner), rows.GetValueOrDefault((row.Key, row.Owner)));
                    if (comes) rows[(row.Key, row.Owner)] = row;
                    else rows.Remove((row.Key, row.Owner));
                }

                SortedRows<ServiceInstance> all = Rows([.. rows.Values]);
                RowChange<ServiceInstance>[] changes =
                [
                    .. before.OrderBy(each => each.Key.Item1, StringComparer.Ordinal).ThenBy(each => each.Key.Item2)
                        .Select(each => new RowChange<ServiceInstance>(each.Value, rows.GetValueOrDefault(each.Key)))
                        .Where(change => change.Before != change.After),
                ];
                table.Take(new TableChange<ServiceInstance>(new TableSnapshot<ServiceInstance>(all, 1, isConfirmed: true), [.. changes]));

                Assert.Equal(rows.Values, table.All().SelectMany(list => list.Rows).OrderBy(row => (row.Key, row.Owner), s_order));
                Assert.Equal((rows.Count, table.All().Length), (table.Instances, table.Services));
                Assert.All(s_services, name => Assert.Equal(rows.Values.Where(row => row.Value.Service == name), table.Find(name).Rows));
                Assert.Equal(table.Find("a").Rows, watched.List.Current.Rows);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(50));
    }

    [Fact]
    public void RowThatComes_AsTheLastWatcherLeaves_IsFound()
    {
        RowView<ServiceInstance> row = Row("web", "a", 1, 1);
        TableChange<ServiceInstance> change = new(
            new TableSnapshot<ServiceInstance>(Rows([row]), 1, isConfirmed: true),
            [new RowChange<ServiceInstance>(null, row)]);

        for (int round = 0; round < 2000; round++)
        {
            var table = new ServiceTable();
            ServiceWatch watch = table.Watch("web");
            Parallel.Invoke(watch.Dispose, () => table.Take(change));
            Assert.Single(table.Find("web").Rows);
        }
    }

    [Fact]
    public void Row_ComesBackAsItWent()
    {
        ServiceInstance row = new("web", "n1-8080", IPEndPoint.Parse("[2001:db8::1]:8080"), "n1")
        {
            Inbound = IPEndPoint.Parse("10.0.0.1:4143"),
            InboundHost = "node-1.example",
            Tags = ["v2", "canary"],
            Weight = 0.5,
            Zone = "rack-7",
            State = InstanceState.Unhealthy,
            Reason = "health check: GET /health answered 500",
            Since = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123),
            IsLeased = true,
        };
        var codec = new ServicesCodec();

        Assert.True(codec.TryDecode(codec.Encode(row), out ServiceInstance? back));

        Assert.Equal(row, back);
        Assert.True(codec.TryDecode(codec.Encode(row with { Tags = [], Inbound = null, Weight = 1, Zone = "" }), out ServiceInstance? bare));
        Assert.Equal((1.0, null, 0), (bare!.Weight, bare.Inbound, bare.Tags.Count));
        Assert.True(codec.TryDecode(codec.Encode(row with { InboundHost = null }), out ServiceInstance? plain));
        Assert.Null(plain!.InboundHost);
    }

    [Fact]
    public void WhatNoNodeOfOursWouldWrite_IsNoRow()
    {
        var codec = new ServicesCodec();
        ServiceInstance good = Row("web", "a", 1, 1).Value;

        Assert.False(codec.TryDecode(new byte[] { 0xFF, 0xFF, 0xFF }, out _));
        Assert.False(codec.TryDecode(default, out _));
        Assert.False(codec.TryDecode(codec.Encode(good with { Service = "a/b" }), out _));
        Assert.False(codec.TryDecode(codec.Encode(good with { App = new IPEndPoint(IPAddress.Loopback, 0) }), out _));
        Assert.False(codec.TryDecode(codec.Encode(good with { Weight = double.NaN }), out _));
        Assert.False(codec.TryDecode(codec.Encode(good with { Weight = -1 }), out _));
    }

    [Fact]
    public void StateOfALaterVersion_TakesNoRequests()
    {
        var codec = new ServicesCodec();

        Assert.True(codec.TryDecode(codec.Encode(Row("web", "a", 1, 1).Value with { State = (InstanceState)9 }), out ServiceInstance? row));

        Assert.Equal(InstanceState.Unhealthy, row!.State);
    }

    /// <param name="inOrder">Of key, then owner.</param>
    private static SortedRows<ServiceInstance> Rows(RowView<ServiceInstance>[] inOrder) =>
        SortedRows<ServiceInstance>.Empty.With([.. inOrder.Select(static row => new RowChange<ServiceInstance>(null, row))]);

    private static RowView<ServiceInstance> Row(string service, string id, ulong owner, ulong version)
    {
        ServiceInstance instance = new(service, id, new IPEndPoint(IPAddress.Loopback, 80), $"n{owner}");
        return new RowView<ServiceInstance>(instance.Key, owner, instance, new RowVersion(0, version), OwnerState.Up);
    }
}
