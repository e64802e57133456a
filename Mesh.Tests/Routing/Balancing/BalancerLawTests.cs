using FsCheck;
using FsCheck.Fluent;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Tests.Kit;
using Mesh.Tests.Routing.Destinations;
using Xunit;
using Outcome = Mesh.Routing.Accrual.Outcome;

namespace Mesh.Tests.Routing.Balancing;

/// <summary>What every balancer owes, whatever its algorithm.</summary>
public sealed class BalancerLawTests
{
    private const int Picks = 40;

    /// <summary>A set of up to 20: each with a weight, dead or not, with some requests out; and who is excluded.</summary>
    private static readonly Gen<(BalancerKind Kind, (int Weight, bool Dead, int Out)[] Set, int Excluded)> Worlds =
        from kind in Gen.Elements(BalancerLab.Kinds)
        from size in Gen.Choose(1, 20)
        from weights in Gen.Frequency((1, Gen.Constant(1).ArrayOf(size)), (1, Gen.Choose(0, 5).ArrayOf(size)))
        from dead in Gen.Elements(false, false, true).ArrayOf(size)
        from busy in Gen.Choose(0, 3).ArrayOf(size)
        from excluded in Gen.Choose(-size, size - 1)
        select (kind, weights.Select((weight, index) => (weight, dead[index], busy[index])).ToArray(), excluded);

    [Fact]
    public void NamesSomebodyOfTheSet() => Prop.ForAll(Worlds.ToArbitrary(), world =>
    {
        DestinationFixture fixture = Build(world.Set, world.Kind);
        Endpoint[] endpoints = [.. fixture.Endpoints];
        for (int pick = 0; pick < Picks; pick++)
        {
            var request = new PickRequest(fixture.Now, Excluded(fixture, world.Excluded), (ulong)(pick % 2 * (pick + 1)));
            int index = fixture.Destination.Current.Balancer!.Choose(endpoints, request, ref fixture.Random);
            if (index < 0 || index >= endpoints.Length) return false;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void PicksNobodyWhoIsClosedOrExcluded_WhileAnotherIsOpen() => Prop.ForAll(Worlds.ToArbitrary(), world =>
    {
        DestinationFixture fixture = Build(world.Set, world.Kind);
        Endpoint? excluded = Excluded(fixture, world.Excluded);
        bool anyWeight = world.Set.Any(one => one.Weight > 0);
        bool anyOpen = world.Set.Where((one, index) => !one.Dead && one.Weight > 0 && index != world.Excluded).Any();
        for (int pick = 0; anyWeight && anyOpen && pick < Picks; pick++)
        {
            EndpointLease lease = fixture.Pick((ulong)(pick % 2 * (pick + 1)), excluded);
            if (lease.Endpoint.Phase != BreakerPhase.Alive || ReferenceEquals(lease.Endpoint, excluded) || lease.Endpoint.Weight <= 0) return false;
            lease.Complete(Outcome.Ignored, fixture.Now);
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void StarvesNobody() => Prop.ForAll(Worlds.ToArbitrary(), world =>
    {
        DestinationFixture fixture = Build([.. world.Set.Select(one => (one.Weight, one.Dead, 0))], world.Kind);
        var met = new HashSet<int>();
        for (int pick = 0; pick < 3000; pick++)
        {
            EndpointLease lease = fixture.Pick();
            met.Add(lease.Port());
            lease.Complete(Outcome.Success, fixture.Now += DestinationFixture.Millisecond / 100);
        }

        return world.Set.Where((one, index) => !one.Dead && one.Weight > 0 && !met.Contains(index + 1)).ToArray() is [];
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(30)]
    public void AllocatesNothing(int size)
    {
        foreach (BalancerKind kind in BalancerLab.Kinds)
        {
            DestinationFixture fixture = Build([.. Enumerable.Range(0, size).Select(index => (1 + index % 2, index == 3, index % 4))], kind);

            long bytes = Allocated.Least(() =>
            {
                for (ulong pick = 0; pick < 1000; pick++)
                    fixture.Pick(pick % 5, pick % 3 == 0 ? fixture.Endpoints[0] : null).Complete(Outcome.Success, fixture.Now += 100_000);
            });

            Assert.True(bytes == 0, $"{kind} allocated {bytes}");
        }
    }

    /// <summary>Several threads pick and complete for a while; then nothing is out, and nothing went wrong on the way.</summary>
    [Fact]
    public async Task HoldsUnderManyThreads()
    {
        foreach (BalancerKind kind in BalancerLab.Kinds)
        {
            DestinationFixture fixture = BalancerLab.Of(kind, [.. Enumerable.Repeat(1.0, 40)]);
            Destination destination = fixture.Destination;
            long now = fixture.Now;

            await Task.WhenAll(Enumerable.Range(1, 4).Select(thread => Task.Run(() =>
            {
                var random = new Mesh.Wire.SplitMix64((ulong)thread);
                var held = new Queue<EndpointLease>();
                for (int pick = 0; pick < 20_000; pick++)
                {
                    var request = new PickRequest(now + pick * 1000, null, random.Next() % 100);
                    Assert.True(destination.TryPick(request, ref random, out EndpointLease lease));
                    held.Enqueue(lease);
                    if (held.Count > 30) held.Dequeue().Complete(Outcome.Success, now + pick * 1000 + 500);
                }

                while (held.TryDequeue(out EndpointLease last)) last.Complete(Outcome.Success, now);
            }))).WaitAsync(TimeSpan.FromSeconds(60));

            Assert.All(fixture.Endpoints, endpoint => Assert.Equal(0, endpoint.InFlight));
        }
    }

    private static Endpoint? Excluded(DestinationFixture fixture, int index) => index >= 0 ? fixture.Endpoints[index] : null;

    private static DestinationFixture Build((int Weight, bool Dead, int Out)[] set, BalancerKind kind)
    {
        DestinationFixture fixture = BalancerLab.Of(kind, [.. set.Select(one => (double)one.Weight)]);
        for (int index = 0; index < set.Length; index++)
        {
            Endpoint endpoint = fixture.Endpoints[index];
            for (int count = 0; count < set[index].Out; count++) fixture.PickAt(endpoint);
            if (set[index].Dead) fixture.Kill(endpoint);
        }

        return fixture;
    }
}
