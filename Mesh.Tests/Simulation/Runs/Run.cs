using System.Diagnostics;
using Mesh.Tests.Simulation.Faults;
using Mesh.Tests.Simulation.Network;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.World;
using Mesh.Wire;

namespace Mesh.Tests.Simulation.Runs;

/// <summary>What came of a run.</summary>
/// <param name="Scenario">Which.</param>
/// <param name="Hash">Of everything that happened.</param>
/// <param name="Events">How much did.</param>
/// <param name="Virtual">How long it took in there.</param>
/// <param name="Wall">How long it took out here.</param>
/// <param name="Reached">Rare paths and how often they were taken.</param>
/// <param name="Failure">What broke; null: nothing.</param>
/// <param name="Story">For a person, when something broke.</param>
internal sealed record Outcome(
    Scenario Scenario, ulong Hash, long Events, TimeSpan Virtual, TimeSpan Wall, IReadOnlyDictionary<string, long> Reached, string? Failure,
    string Story);

/// <summary>Lives a scenario through: warm-up, chaos under work, healing, quiet; then the verdict.</summary>
internal static class Run
{
    private static readonly TimeSpan StartWithin = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(240);
    private static readonly TimeSpan SessionsOutlive = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(20);

    /// <summary>The scenario that the subject draws from a seed.</summary>
    public static Outcome Live(ulong seed, Subject subject) => Live(subject.Draw(seed), subject);

    /// <param name="scenario">What happens.</param>
    /// <param name="subject">To whom; a new one for each run.</param>
    /// <remarks>
    /// On a bare thread of its own: where a test framework's context or scheduler is current, continuations would hop to the pool.
    /// </remarks>
    public static Outcome Live(Scenario scenario, Subject subject)
    {
        Outcome? outcome = null;
        var thread = new Thread(() => outcome = LiveAlone(scenario, subject), maxStackSize: 16 << 20) { IsBackground = true };
        thread.Start();
        thread.Join();
        return outcome!;
    }

    private static Outcome LiveAlone(Scenario scenario, Subject subject)
    {
        long started = Stopwatch.GetTimestamp();
        var world = new SimWorld(scenario.Seed);
        string? failure = null;
        try
        {
            Play(world, scenario, subject);
        }
        catch (SimFailure broken)
        {
            failure = broken.InnerException is { } cause ? $"{broken.Message}\n{cause}" : broken.Message;
        }

        string last = failure is null ? "" : world.Trace.Tell(Choice.Seed is null ? 100 : int.MaxValue, 30);
        return new Outcome(scenario, world.Trace.Hash, world.Events, world.Now, Stopwatch.GetElapsedTime(started), world.Reached, failure, last);
    }

    private static void Play(SimWorld world, Scenario scenario, Subject subject)
    {
        var cluster = new SimCluster(
            world, scenario.Network, subject.Catalog, scenario.Core, scenario.Edge, process => subject.Compose(process, scenario));
        SetClocks(cluster, scenario);
        subject.Watch(cluster, scenario);
        var nemesis = new Nemesis(cluster);

        cluster.StartAll(StartWithin);
        world.RunFor(StartWithin);
        Settle(world, cluster, subject, WarmUp, "the start");

        subject.StartWork(cluster);
        nemesis.Begin(scenario.Plan);
        world.RunFor(scenario.Chaos);

        nemesis.HealAll();
        subject.StopWork();
        world.ChancesOn = false;
        world.Note(null, "all is healed");
        world.RunFor(TimeSpan.FromSeconds(2));
        Settle(world, cluster, subject, Recovery, "the healing");

        world.RunFor(Quiet);
        if (subject.Unsettled(cluster) is { } restless) throw world.Failure($"liveness: it was well and then, in peace, no more: {restless}");
        subject.CheckEnd(cluster);
        CheckLeaks(world, cluster);
    }

    private static void Settle(SimWorld world, SimCluster cluster, Subject subject, TimeSpan atMost, string after)
    {
        TimeSpan from = world.Now;
        if (!world.RunUntil(() => subject.Unsettled(cluster) is null, atMost))
            throw world.Failure($"liveness: {atMost.TotalSeconds} s after {after}: {subject.Unsettled(cluster)}");
        world.Note(null, $"settled {(world.Now - from).TotalSeconds:0.0} s after {after}");
    }

    private static void SetClocks(SimCluster cluster, Scenario scenario)
    {
        foreach (SimMachine machine in cluster.Machines)
        {
            var random = new SplitMix64(Hashes.Of(scenario.Seed, 0xC10C, (ulong)machine.Index));
            machine.ClockRate = 1 + (scenario.Drift * ((2 * random.NextDouble()) - 1));
            machine.WallOffset = TimeSpan.FromSeconds(2 * (random.NextDouble() - 0.5));
        }
    }

    private static void CheckLeaks(SimWorld world, SimCluster cluster)
    {
        foreach (SimProcess process in cluster.Living)
        {
            SimPeer? dead = process.Messenger.Peers.FirstOrDefault(
                peer => peer.Primary is { Peer: { IsAlive: false } gone } && world.Now - gone.DiedAt > SessionsOutlive);
            world.Assert(process.Loop.Backlog < 100, "leak", () => $"{process} has {process.Loop.Backlog} turns waiting");
            int most = 1000 + (20 * cluster.Machines.Length);
            world.Assert(process.Loop.Timers < most, "leak", () => $"{process} has {process.Loop.Timers} timers set");
            world.Assert(dead is null, "leak", () => $"{process} keeps a session with {dead!.Node}, which died long ago");
        }
    }
}
