using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Routing.Destinations;

/// <summary>Eight threads at once; when the dust has settled, counts are what endpoints are.</summary>
public sealed class HammeringTests
{
    private const int Threads = 8;
    private const int Requests = 20_000;

    [Theory]
    [InlineData(1, 0.3)]
    [InlineData(2, 1)]
    [InlineData(3, 0.5)]
    public async Task CountsAreRight_OnceTheDustHasSettled(ulong seed, double share)
    {
        DestinationFixture fixture = Of(new AccrualConfig.ConsecutiveFailures { Failures = 2, MaxEjectedShare = share, Backoff = Short });
        long clock = fixture.Now;

        await TogetherAsync(worker =>
        {
            var random = new SplitMix64(seed * 100 + (ulong)worker);
            for (int request = 0; request < Requests; request++)
            {
                long now = Interlocked.Add(ref clock, 1000);
                if (!fixture.Destination.TryPick(new PickRequest(now), ref random, out EndpointLease lease)) continue;
                lease.Complete((Outcome)random.Next(5), now, 1000);
                if (worker == 0 && request % 50 == 0) fixture.Endpoints[random.Next(20)].SetSick(random.Next(2) == 0);
            }
        });

        DestinationCounters counters = fixture.Destination.Counters;
        EndpointTally tally = fixture.Destination.Tally;
        int deadNow = fixture.Endpoints.Count(endpoint => endpoint.Phase != BreakerPhase.Alive);
        Assert.Equal(deadNow, tally.Dead);
        Assert.Equal(deadNow, counters.Deaths - counters.Revivals);
        Assert.Equal(fixture.Endpoints.Count(endpoint => endpoint.IsSick), tally.Sick);
        Assert.Equal(fixture.Endpoints.Count(endpoint => !endpoint.IsUsable), tally.Unusable);
        Assert.True(counters.Deaths > 100, $"seed {seed}: {counters.Deaths} deaths say little");
        Assert.All(fixture.Endpoints, endpoint => Assert.Equal(0, endpoint.InFlight));
    }

    [Theory]
    [InlineData(0.3, 6)]
    [InlineData(0.01, 1)]
    public async Task RacingDeaths_DoNotExceedTheCapTogether(double share, int most)
    {
        for (int round = 0; round < 20; round++)
        {
            DestinationFixture fixture = Of(new AccrualConfig.ConsecutiveFailures { Failures = 1, MaxEjectedShare = share });

            await TogetherAsync(worker =>
            {
                for (int step = 0; step < 20; step++)
                {
                    Endpoint endpoint = fixture.Endpoints[(worker + step) % 20];
                    if (endpoint.TryAdmit(fixture.Now, out EndpointLease lease)) lease.Complete(Outcome.Failure, fixture.Now);
                }
            });

            Assert.Equal(most, fixture.Endpoints.Count(endpoint => endpoint.Phase == BreakerPhase.Dead));
            Assert.Equal((most, most), (fixture.Destination.Tally.Dead, fixture.Destination.Counters.Deaths));
        }
    }

    [Fact]
    public async Task NoOutcomeIsLost_FromARateThatManyMove()
    {
        SuccessAverage average = SuccessAverage.For(new AccrualConfig.SuccessRate(0.5, Threads * Requests), 0)!;

        await TogetherAsync(worker =>
        {
            for (int request = 0; request < Requests; request++) average.Take(isSuccess: worker % 2 == 0, 0);
        });

        Assert.True(average.Take(isSuccess: true, 0).IsRipe);
        Assert.InRange(average.Rate, 0.05, 0.95);
    }

    [Fact]
    public async Task NoTimeCountsTwice_InARateOverTime()
    {
        const long second = DestinationFixture.Second;
        SuccessAverage average = SuccessAverage.For(new AccrualConfig.SuccessRateWindowed(0.5, TimeSpan.FromSeconds(10)), 0)!;
        average.Take(isSuccess: true, 0);
        long clock = 0;

        await TogetherAsync(_ =>
        {
            while (true)
            {
                long now = Interlocked.Add(ref clock, second / 1000);
                if (now > 10 * second) return;
                average.Take(isSuccess: false, now);
            }
        });

        Assert.Equal(1 / Math.E, average.Rate, 1e-9);
    }

    private static BackoffConfig.Constant Short => new(TimeSpan.FromMicroseconds(50));

    private static DestinationFixture Of(AccrualConfig accrual)
    {
        DestinationOptions options = new() { Accrual = accrual };
        return new DestinationFixture(options, [.. Enumerable.Range(1, 20).Select(port => (port, 1.0))]);
    }

    private static Task TogetherAsync(Action<int> work)
    {
        var start = new Barrier(Threads);
        Task[] workers = [.. Enumerable.Range(0, Threads).Select(worker => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                work(worker);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default))];
        return Task.WhenAll(workers).WaitAsync(TimeSpan.FromSeconds(60));
    }
}
