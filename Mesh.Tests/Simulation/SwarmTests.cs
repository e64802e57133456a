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
    private const int ShrinkRuns = 12;

    [Theory]
    [InlineData("cluster", 5, 250)]
    [InlineData("entities", 5, 120)]
    [InlineData("toy", 0, 0)]
    public void Holds_OnEverySeed(string subject, ulong few, ulong ci)
    {
        if (!IsChosen(subject)) return;
        int threads = Choice.IsCi || Choice.Seeds is not null ? Environment.ProcessorCount : 1;

        Totals totals = Swarm.Live(Seeds(few, ci), () => Choice.Subject(subject), threads);

        output.WriteLine(totals.ToString());
        AssertNone(totals, subject);
        if (Choice.IsCi && ci > 0) Assert.True(Choice.Subject(subject).Sometimes.All(totals.Reached.ContainsKey), Missed(totals, subject));
    }

    [Theory]
    [InlineData("cluster")]
    [InlineData("entities")]
    public void Replays_TheSameTraceFromTheSameSeed(string subject)
    {
        if (!IsChosen(subject)) return;
        foreach (ulong seed in Seeds(2, 200).Where((_, index) => index % 100 == 1))
        {
            Outcome first = Run.Live(seed, Choice.Subject(subject));

            Outcome second = Run.Live(seed, Choice.Subject(subject));

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
        AssertNone(totals, Choice.Subject().Name);
    }

    private static bool IsChosen(string subject) => Choice.OnlySubject is { } only ? only == subject : subject != "toy";

    private static IEnumerable<ulong> Seeds(ulong few, ulong ci)
    {
        (ulong from, ulong to) = Choice.Seeds ?? (1UL, Choice.IsCi ? ci : few);
        for (ulong seed = from; seed <= to; seed++) yield return seed;
    }

    private static void AssertNone(Totals totals, string subject)
    {
        if (totals.Failures.Count == 0) return;
        Outcome first = totals.Failures[0];
        Outcome shrunk = Report.Shrink(first, () => Choice.Subject(subject), ShrinkRuns);
        Assert.Fail($"{totals}\n{Report.Of(first, shrunk, subject)}");
    }

    private static string Missed(Totals totals, string subject) =>
        $"never reached on any seed: {string.Join("; ", Choice.Subject(subject).Sometimes.Where(point => !totals.Reached.ContainsKey(point)))}";
}
