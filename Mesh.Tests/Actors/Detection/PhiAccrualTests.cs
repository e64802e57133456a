using Mesh.Actors.Membership.Detection;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Actors.Detection;

public sealed class PhiAccrualTests
{
    private static readonly DetectorSettings Settings = new();

    [Fact]
    public void EvenHeartbeats_AreDoubtedAfterFourAndAHalfSeconds()
    {
        PhiAccrual history = Beating(count: 300, (_, _) => 1000);

        Assert.InRange(history.Timeout.TotalSeconds, 4.5, 4.6);
    }

    [Fact]
    public void TheFirstInterval_IsAnEstimate()
    {
        var history = new PhiAccrual(Settings, TimeSpan.FromSeconds(1), TimeSpan.Zero);

        Assert.InRange(history.Timeout.TotalSeconds, 5.2, 5.5);
    }

    [Fact]
    public void Timeout_IsWherePhiReachesTheThreshold_OnAnyHistory()
    {
        for (ulong seed = 0; seed < 100; seed++)
        {
            double threshold = 1 + seed % 20;
            int spread = 1 + (int)(seed * 37 % 2000);
            PhiAccrual history = Beating(50 + (int)seed * 5, (random, _) => 100 + random.Next(spread), seed, threshold);

            double before = history.Phi(history.LastHeartbeat + history.Timeout - TimeSpan.FromMilliseconds(1));
            double after = history.Phi(history.LastHeartbeat + history.Timeout + TimeSpan.FromMilliseconds(1));

            Assert.True(before <= threshold && threshold <= after, $"seed {seed}: {before} {threshold} {after}");
        }
    }

    [Fact]
    public void Phi_NeverFalls_AndTakesLongSilence()
    {
        PhiAccrual history = Beating(100, (random, _) => 900 + random.Next(200));
        double before = 0;
        for (int second = 0; second < 1000; second++)
        {
            double phi = history.Phi(history.LastHeartbeat + TimeSpan.FromSeconds(second));
            Assert.True(phi >= before && !double.IsNaN(phi), $"{second} s: {phi}");
            before = phi;
        }

        Assert.True(history.Phi(history.LastHeartbeat + TimeSpan.FromDays(30)) > 1000);
    }

    [Fact]
    public void TheHeartbeatThatEndsAFailure_IsNotSampled()
    {
        PhiAccrual history = Beating(10, (_, _) => 1000);
        TimeSpan before = history.Timeout;

        history.Heartbeat(history.LastHeartbeat + TimeSpan.FromMinutes(5));
        Assert.Equal(before, history.Timeout);

        history.Restart(history.LastHeartbeat + TimeSpan.FromSeconds(2));
        history.Heartbeat(history.LastHeartbeat + TimeSpan.FromSeconds(3));
        Assert.Equal(before, history.Timeout);
    }

    [Fact]
    public void OnlyTheNewestIntervals_Count()
    {
        PhiAccrual history = Beating(PhiAccrual.MaxSamples * 3, (random, number) =>
            number < PhiAccrual.MaxSamples * 2 ? 500 + random.Next(2000) : 1000);

        Assert.InRange(history.Timeout.TotalSeconds, 4.5, 4.6);
    }

    [Theory]
    [InlineData(3, 0, 0, 6)]
    [InlineData(10, 0, 0, 6)]
    [InlineData(1000, 0, 0, 18)]
    [InlineData(1000, 2, 0, 6)]
    [InlineData(3, 2, 0, 2)]
    [InlineData(3, 9, 0, 2)]
    [InlineData(3, 2, 3, 8)]
    public void Suspicion_ShrinksWithConfirmations_AndGrowsWithOwnDoubt(int members, int confirmations, int health, double seconds) =>
        Assert.Equal(seconds, SuspicionTime.Of(Settings, members, confirmations, health).TotalSeconds, 6);

    [Fact]
    public void OneConfirmation_TakesTheLargerPart() =>
        Assert.Equal(6 - 4 * Math.Log(2) / Math.Log(3), SuspicionTime.Of(Settings, 5, 1, 0).TotalSeconds, 6);

    [Fact]
    public void Health_IsAtMostSeven_AndComesBackAPointForEachQuietStretch()
    {
        var health = new SelfHealth(TimeSpan.FromSeconds(2));
        for (int time = 0; time < 20; time++) health.Note(Symptom.LateLoop, TimeSpan.FromSeconds(1));
        Assert.Equal((7, Symptom.LateLoop), (health.Score, health.Why));

        health.Recover(TimeSpan.FromSeconds(5.5));
        Assert.Equal(5, health.Score);
        health.Recover(TimeSpan.FromMinutes(1));

        Assert.Equal((0, (Symptom?)null), (health.Score, health.Why));
    }

    private static PhiAccrual Beating(int count, Func<SplitMix64, int, int> intervalMs, ulong seed = 1, double threshold = 8)
    {
        var random = new SplitMix64(seed);
        var history = new PhiAccrual(Settings with { Threshold = threshold }, TimeSpan.FromSeconds(1), TimeSpan.Zero);
        for (int beat = 0; beat < count; beat++)
        {
            random.Next();
            history.Heartbeat(history.LastHeartbeat + TimeSpan.FromMilliseconds(intervalMs(random, beat)));
        }

        return history;
    }
}
