using Mesh.Routing.Accrual;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Routing.Accrual;

public sealed class BackoffTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void Constant_IsAlwaysTheSame()
    {
        var backoff = new BackoffConfig.Constant(TimeSpan.FromSeconds(7));
        var random = new SplitMix64(1);

        long[] rests = Run(backoff, 5, ref random);

        Assert.All(rests, rest => Assert.Equal(7 * Second, rest));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void EqualJittered_KeepsHalfOfEachDoublingAndDrawsTheOther(ulong seed)
    {
        var random = new SplitMix64(seed);

        long[] rests = Run(BackoffConfig.Default, 12, ref random);

        Assert.Equal(5 * Second, rests[0]);
        for (int attempt = 1; attempt <= 5; attempt++)
            Assert.InRange(rests[attempt], (5L << (attempt - 1)) * Second, (5L << attempt) * Second);
        Assert.InRange(rests[6], 160 * Second, 300 * Second);
        Assert.All(rests[7..], rest => Assert.Equal(300 * Second, rest));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Jittered_DrawsBetweenTheRestBeforeAndThriceIt(ulong seed)
    {
        var backoff = new BackoffConfig.Jittered(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(60));
        var random = new SplitMix64(seed);

        long[] rests = Run(backoff, 40, ref random);

        Assert.Equal(2 * Second, rests[0]);
        for (int attempt = 1; attempt < rests.Length; attempt++)
            Assert.InRange(rests[attempt], rests[attempt - 1], Math.Min(60 * Second, rests[attempt - 1] * 3));
        Assert.True(rests[^1] > 30 * Second, $"seed {seed}: rests should approach the maximum, got {rests[^1]}");
    }

    [Fact]
    public void Rests_NeverOverflowNorVanish()
    {
        var random = new SplitMix64(4);
        BackoffConfig[] odd =
        [
            new BackoffConfig.Constant(TimeSpan.Zero),
            new BackoffConfig.EqualJittered(TimeSpan.FromTicks(1), TimeSpan.FromDays(10_000)),
            new BackoffConfig.EqualJittered(TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(3)),
            new BackoffConfig.Jittered(TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(3)),
        ];

        foreach (BackoffConfig backoff in odd)
            Assert.All(Run(backoff, 200, ref random), rest => Assert.InRange(rest, 1, 10_000L * 86_400 * Second));
    }

    private static long[] Run(BackoffConfig backoff, int count, ref SplitMix64 random)
    {
        var rests = new long[count];
        long previous = 0;
        for (int attempt = 0; attempt < count; attempt++) rests[attempt] = previous = backoff.NextNs(previous, attempt, ref random);
        return rests;
    }
}
