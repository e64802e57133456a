using FsCheck;
using FsCheck.Fluent;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Tests.Routing.Destinations;
using Xunit;
using Outcome = Mesh.Routing.Accrual.Outcome;

namespace Mesh.Tests.Routing.Balancing;

/// <summary>Keys tie requests to endpoints only as far as these have room.</summary>
public sealed class BoundedLoadTests
{
    /// <summary>Weights of a set, the bound, and steps: a key to pick for (few keys, so that some are hot), or below 0 one to finish.</summary>
    private static readonly Gen<(BalancerKind Kind, int[] Weights, double Bound, int[] Steps)> Histories =
        from kind in Gen.Elements(BalancerKind.RingHash, BalancerKind.Maglev)
        from size in Gen.Choose(2, 12)
        from weights in Gen.Choose(1, 4).ArrayOf(size)
        from bound in Gen.Elements(1, 1.25, 2)
        from steps in Gen.Choose(-2, 5).ArrayOf(200)
        select (kind, weights, bound, steps);

    [Fact]
    public void NobodyIsFilledBeyondTheBound() => Prop.ForAll(Histories.ToArbitrary(), history =>
    {
        DestinationFixture fixture = Build(history.Kind, history.Bound, [.. history.Weights.Select(weight => (double)weight)]);
        var leases = new List<EndpointLease>();
        foreach (int step in history.Steps)
        {
            if (step < 0)
            {
                Finish(leases, fixture);
                continue;
            }

            EndpointLease lease = fixture.Pick((ulong)step + 1);
            leases.Add(lease);
            double part = lease.Endpoint.Weight / history.Weights.Sum();
            if (lease.Endpoint.InFlight > Math.Ceiling(history.Bound * leases.Count * part - 1e-9)) return false;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void TheDead_LeaveTheirRoomToTheOthers() => Prop.ForAll(Histories.ToArbitrary(), history =>
    {
        DestinationFixture fixture = Build(history.Kind, history.Bound, [.. history.Weights.Select(weight => (double)weight)]);
        fixture.Kill(fixture.Endpoints[0]);
        double open = history.Weights.Skip(1).Sum();
        for (int picked = 1; picked <= 100; picked++)
        {
            Endpoint endpoint = fixture.Pick(1).Endpoint;
            if (endpoint.InFlight > Math.Ceiling(history.Bound * picked * endpoint.Weight / open - 1e-9)) return false;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(BalancerKind.RingHash)]
    [InlineData(BalancerKind.Maglev)]
    public void HotKey_SpillsToTheSameOthers(BalancerKind kind)
    {
        DestinationFixture fixture = Build(kind, 1.25, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);

        int[] first = [.. Enumerable.Range(0, 40).Select(_ => fixture.Pick(5).Port())];
        DestinationFixture again = Build(kind, 1.25, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
        int[] second = [.. Enumerable.Range(0, 40).Select(_ => again.Pick(5).Port())];

        Assert.Equal(first, second);
        Assert.All(fixture.Endpoints, endpoint => Assert.InRange(endpoint.InFlight, 0, 5));
    }

    /// <summary>Two of three have room for nobody, the third is excluded: the emptier one of the two gets the request.</summary>
    [Theory]
    [InlineData(BalancerKind.RingHash)]
    [InlineData(BalancerKind.Maglev)]
    public void WhereNobodyHasRoom_TheEmptiestTakesIt(BalancerKind kind)
    {
        DestinationFixture fixture = Build(kind, 1, 1, 1, 1);
        for (int count = 0; count < 10; count++) fixture.PickAt(fixture.Endpoints[0]);
        for (int count = 0; count < 8; count++) fixture.PickAt(fixture.Endpoints[1]);

        EndpointLease[] leases = [.. Enumerable.Range(0, 2).Select(key => fixture.Pick((ulong)key + 1, excluded: fixture.Endpoints[2]))];

        Assert.All(leases, lease => Assert.Equal(fixture.Endpoints[1], lease.Endpoint));
    }

    [Theory]
    [InlineData(BalancerKind.RingHash)]
    [InlineData(BalancerKind.Maglev)]
    public void WithoutABound_AHotKeyStays(BalancerKind kind)
    {
        DestinationFixture fixture = Build(kind, 0, 1, 1, 1);

        int[] ports = [.. Enumerable.Range(0, 40).Select(_ => fixture.Pick(5).Port())];

        Assert.Single(ports.Distinct());
    }

    /// <summary>In a large set the sum is taken now and then: the bound is kept up to the rounding of one request.</summary>
    [Theory]
    [InlineData(BalancerKind.RingHash)]
    [InlineData(BalancerKind.Maglev)]
    public void LargeSets_KeepTheBoundNearly(BalancerKind kind)
    {
        DestinationFixture fixture = Build(kind, 1.25, [.. Enumerable.Repeat(1.0, 400)]);

        for (int pick = 1; pick <= 4000; pick++)
        {
            Endpoint endpoint = fixture.Pick((ulong)(pick % 3) + 1).Endpoint;

            Assert.InRange(endpoint.InFlight, 0, Math.Ceiling(1.25 * pick / 400) + 1);
        }
    }

    private static void Finish(List<EndpointLease> leases, DestinationFixture fixture)
    {
        if (leases.Count == 0) return;
        int index = fixture.Random.Next(leases.Count);
        leases[index].Complete(Outcome.Success, fixture.Now);
        leases.RemoveAt(index);
    }

    private static DestinationFixture Build(BalancerKind kind, double bound, params double[] weights)
        => BalancerLab.Of(new BalancerConfig { Kind = kind, PanicThreshold = 0, Hash = new HashConfig { BoundedLoad = bound } }, weights);
}
