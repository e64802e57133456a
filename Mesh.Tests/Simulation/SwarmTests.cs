using System.Diagnostics;
using System.Security.Cryptography;
using Mesh.Tests.Simulation.Runs;
using Mesh.Tests.Simulation.World;
using Xunit;
using Xunit.Abstractions;

namespace Mesh.Tests.Simulation;

/// <summary>Whole clusters, each from one seed. Which seeds, the environment says: <see cref="Choice"/>.</summary>
public sealed class SwarmTests(ITestOutputHelper output)
{
    private const ulong FewSeeds = 8;
    private const ulong CiSeeds = 300;
    private const int ShrinkRuns = 12;

    [Fact]
    public void Holds_OnEverySeed()
    {
        int threads = Choice.IsCi || Choice.Seeds is not null ? Environment.ProcessorCount : 1;

        Totals totals = Swarm.Live(Seeds(), Choice.Subject, threads);

        output.WriteLine(totals.ToString());
        AssertNone(totals);
        if (Choice.IsCi) Assert.True(Choice.Subject().Sometimes.All(totals.Reached.ContainsKey), Missed(totals));
    }

    [Fact]
    public void Replays_TheSameTraceFromTheSameSeed()
    {
        foreach (ulong seed in Seeds().Where((_, index) => index % 100 < 3).Take(Choice.IsCi ? 6 : 2))
        {
            Outcome first = Run.Live(seed, Choice.Subject());

            Outcome second = Run.Live(seed, Choice.Subject());

            Assert.True(first.Hash == second.Hash, $"seed 0x{seed:X} lived twice and not the same: something in it comes from outside of the seed");
        }
    }

    [Fact]
    public void Holds_OnFreshSeeds()
    {
        if (Choice.Fresh is not { } count) return;
        ulong start = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        long began = Stopwatch.GetTimestamp();

        IEnumerable<ulong> seeds = Enumerable.Range(0, count).Select(index => Hashes.Of(start, (ulong)index));
        Totals totals = Swarm.Live(seeds, Choice.Subject, Environment.ProcessorCount);

        Console.WriteLine($"{totals}{Stopwatch.GetElapsedTime(began).TotalSeconds:0} s on the wall");
        AssertNone(totals);
    }

    private static IEnumerable<ulong> Seeds()
    {
        (ulong from, ulong to) = Choice.Seeds ?? (1UL, Choice.IsCi ? CiSeeds : FewSeeds);
        for (ulong seed = from; seed <= to; seed++) yield return seed;
    }

    private static void AssertNone(Totals totals)
    {
        if (totals.Failures.Count == 0) return;
        Outcome first = totals.Failures[0];
        Outcome shrunk = Report.Shrink(first, Choice.Subject, ShrinkRuns);
        Assert.Fail($"{totals}\n{Report.Of(first, shrunk, Choice.Subject().Name)}");
    }

    private static string Missed(Totals totals) =>
        $"never reached on any seed: {string.Join("; ", Choice.Subject().Sometimes.Where(point => !totals.Reached.ContainsKey(point)))}";
}
