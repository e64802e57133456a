using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Tests.Routing.Destinations;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Routing.Balancing;

/// <summary>Who gets how much under Peak-EWMA, as latencies and weights differ.</summary>
public sealed class PeakEwmaSharesTests
{
    private const long Millisecond = DestinationFixture.Millisecond;
    private const int Requests = 30_000;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)]
    [InlineData(64)]
    public void Equals_ShareEvenly_AtAnyConcurrency(int concurrency)
    {
        DestinationFixture fixture = BalancerLab.Of(BalancerKind.PeakEwma, 1, 1, 1, 1, 1);

        Dictionary<int, double> shares = new Traffic(fixture, _ => 5 * Millisecond).RunClosed(Requests, concurrency);

        Assert.All(shares.Values, share => Assert.InRange(share, 0.18, 0.22));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(20)]
    [InlineData(10)]
    [InlineData(2)]
    [InlineData(0.5)]
    public void Weights_AreShares_WhileLatenciesAreAlike(double gapMs)
    {
        DestinationFixture fixture = BalancerLab.Of(BalancerKind.PeakEwma, 3, 1);
        var noise = new SplitMix64(5);

        var traffic = new Traffic(fixture, _ => 20 * Millisecond + noise.Next(10_000_000));
        Dictionary<int, double> shares = traffic.Run(Requests, (long)(gapMs * Millisecond));

        Assert.InRange(shares[1], 0.72, 0.78);
    }

    [Fact]
    public void Weights_OfTenToOne_AreShares()
    {
        DestinationFixture fixture = BalancerLab.Of(BalancerKind.PeakEwma, 10, 1);

        Dictionary<int, double> shares = new Traffic(fixture, _ => 20 * Millisecond).Run(Requests, 5 * Millisecond);

        Assert.InRange(shares[1], 0.89, 0.93);
    }

    /// <summary>Of five at 500 a second one takes 200 ms more: hardly anybody meets it.</summary>
    [Fact]
    public void SlowEndpoint_LeavesTheTailAlone()
    {
        DestinationFixture fixture = BalancerLab.Of(BalancerKind.PeakEwma, 1, 1, 1, 1, 1);
        var traffic = new Traffic(fixture, port => port == 1 ? 220 * Millisecond : 20 * Millisecond);

        Dictionary<int, double> shares = traffic.Run(Requests, 2 * Millisecond);

        Assert.InRange(shares[1], 0, 0.003);
        Assert.InRange(Quantile(traffic.Latencies, 0.99), 0, 24 * Millisecond);
    }

    [Fact]
    public void HeavyEndpoint_ThatIsSlow_LosesTraffic()
    {
        DestinationFixture fixture = BalancerLab.Of(BalancerKind.PeakEwma, 3, 1, 1, 1);

        var traffic = new Traffic(fixture, port => port == 1 ? 220 * Millisecond : 20 * Millisecond);
        Dictionary<int, double> shares = traffic.Run(Requests, 4 * Millisecond);

        Assert.InRange(shares[1], 0, 0.3);
    }

    [Fact]
    public void EndpointThatDegrades_LosesTraffic()
    {
        DestinationFixture fixture = BalancerLab.Of(BalancerKind.PeakEwma, 1, 1, 1, 1, 1);
        new Traffic(fixture, _ => 20 * Millisecond).Run(Requests, 2 * Millisecond);

        var after = new Traffic(fixture, port => port == 1 ? 320 * Millisecond : 20 * Millisecond);
        Dictionary<int, double> shares = after.Run(Requests, 2 * Millisecond);

        Assert.InRange(shares.GetValueOrDefault(1), 0, 0.005);
        Assert.InRange(Quantile(after.Latencies, 0.99), 0, 24 * Millisecond);
    }

    [Fact]
    public void LatenciesWithinAFactorOfTwo_CountAsAlike()
    {
        DestinationFixture fixture = BalancerLab.Of(BalancerKind.PeakEwma, 1, 1);
        Measure(fixture, 0, 10);
        Measure(fixture, 1, 19);

        Assert.InRange(fixture.Shares(10_000)[1], 0.48, 0.52);
    }

    [Fact]
    public void LatenciesBeyondIt_Decide()
    {
        DestinationFixture fixture = BalancerLab.Of(BalancerKind.PeakEwma, 1, 1);
        Measure(fixture, 0, 10);
        Measure(fixture, 1, 21);

        Assert.Equal([1], fixture.Shares(1000).Keys);
    }

    private static void Measure(DestinationFixture fixture, int index, int milliseconds)
        => fixture.PickAt(fixture.Endpoints[index]).Complete(Outcome.Success, fixture.Now + milliseconds * Millisecond);

    private static long Quantile(List<long> latencies, double part)
    {
        latencies.Sort();
        return latencies[(int)(latencies.Count * part)];
    }
}
