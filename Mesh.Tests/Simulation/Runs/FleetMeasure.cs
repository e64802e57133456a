using System.Globalization;
using System.Text;
using Mesh.Actors;
using Mesh.Actors.Membership;
using Mesh.Actors.Remoting;
using Mesh.Tests.Simulation.Network;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.World;

namespace Mesh.Tests.Simulation.Runs;

/// <summary>How fast and at what cost a fleet of some size knows things, in virtual time, with nothing wrong but what is measured.</summary>
internal sealed record FleetMeasure(int Core, int Edge)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly NetworkSettings Lan = new()
    {
        Latency = TimeSpan.FromMilliseconds(1), TailShare = 0.01, TailMax = TimeSpan.FromMilliseconds(100),
    };

    public bool Formed { get; private set; }

    public TimeSpan FormedAfter { get; private set; }

    /// <summary>From the start of a process until a node lists it.</summary>
    public List<TimeSpan> Joined { get; } = [];

    /// <summary>From the power's end of an edge machine until a node calls it unreachable, or has no such member any more.</summary>
    public List<TimeSpan> EdgeCrash { get; } = [];

    /// <summary>The same of a core machine.</summary>
    public List<TimeSpan> CoreCrash { get; } = [];

    /// <summary>From a write to a node's showing it.</summary>
    public List<TimeSpan> TableChange { get; } = [];

    /// <summary>What an edge machine sends and receives while nothing happens.</summary>
    public double IdleBytesPerSecond { get; private set; }

    public double WorstIdleBytesPerSecond { get; private set; }

    public static FleetMeasure Take(int core, int edge, int samples)
    {
        SynchronizationContext.SetSynchronizationContext(null);
        var measure = new FleetMeasure(core, edge);
        var world = new SimWorld(Hashes.Of((ulong)core, (ulong)edge)) { ChancesOn = false };
        var subject = new ClusterSubject { Checked = false, Exact = true };
        var scenario = new Scenario(world.Seed, core, edge + samples, TimeSpan.Zero, Lan, []);
        var cluster = new SimCluster(world, Lan, subject.Catalog, core, edge + samples, process => subject.Compose(process, scenario));
        subject.Watch(cluster, scenario);
        if (measure.Form(cluster, samples)) measure.Measure(cluster, samples);
        return measure;
    }

    public static TimeSpan Percentile(List<TimeSpan> times, double share)
    {
        if (times.Count == 0) return TimeSpan.MaxValue;
        TimeSpan[] sorted = [.. times.Order()];
        return sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(
            CultureInfo.InvariantCulture, $"{Core} core + {Edge} edge, {(Formed ? "formed" : "not formed")} after {FormedAfter.TotalSeconds:0.0} s");
        Line("join visible", Joined);
        Line("crash of edge seen", EdgeCrash);
        Line("crash of core seen", CoreCrash);
        Line("table change seen", TableChange);
        text.AppendLine(
            CultureInfo.InvariantCulture, $"  idle edge node     {IdleBytesPerSecond:0} B/s in and out, the worst {WorstIdleBytesPerSecond:0}");
        return text.ToString();

        void Line(string name, List<TimeSpan> times) => text.AppendLine(
            CultureInfo.InvariantCulture,
            $"  {name,-18} p50 {Percentile(times, 0.5).TotalSeconds:0.000} s, p99 {Percentile(times, 0.99).TotalSeconds:0.000} s, n {times.Count}");
    }

    private bool Form(SimCluster cluster, int samples)
    {
        SimWorld world = cluster.World;
        SimMachine[] first = cluster.Machines[..^samples];
        foreach (SimMachine machine in first.Take(Core)) cluster.Start(machine);
        world.RunFor(TimeSpan.FromSeconds(10));
        foreach (SimMachine[] wave in first.Skip(Core).Chunk(Math.Max(20, Edge / 40)))
        {
            foreach (SimMachine machine in wave) cluster.Start(machine);
            world.RunFor(TimeSpan.FromSeconds(1));
        }

        Formed = world.RunUntil(() => first.All(machine => StateOf(machine.Process!) is { } state && state.Members.Length == first.Length
            && state.Unreachable.IsEmpty && state.Members.All(member => member.Status == MemberStatus.Up)), TimeSpan.FromSeconds(300));
        FormedAfter = world.Now;
        world.RunFor(TimeSpan.FromSeconds(30));
        return Formed;
    }

    private void Measure(SimCluster cluster, int samples)
    {
        SimWorld world = cluster.World;
        Idle(cluster);
        for (int i = 0; i < samples; i++)
        {
            SimMachine writer = cluster.Machines[(i * 7919) % (Core + Edge)];
            string key = $"k{i}";
            var spread = new Probe(cluster, process => ((ClusterProgram)process.Program!).Owned.Snapshot.Find(key) is not null);
            writer.Process!.Loop.Post(() => ((ClusterProgram)writer.Process.Program!).Owned.Put(key, "value"));
            spread.Wait(Limit);
            TableChange.AddRange(spread.Times);
        }

        for (int i = 0; i < samples; i++)
        {
            UniqueAddress joiner = cluster.Start(cluster.Machines[Core + Edge + i]).Self;
            var spread = new Probe(cluster, process => StateOf(process)?.Find(joiner) is not null);
            spread.Wait(Limit);
            Joined.AddRange(spread.Times);
            world.RunFor(TimeSpan.FromSeconds(15));
        }

        for (int i = 0; i < samples; i++) Crash(cluster, cluster.Machines[Core + ((i * 31) % Edge)], EdgeCrash);
        Crash(cluster, cluster.Machines[Core - 1], CoreCrash);
    }

    private static void Crash(SimCluster cluster, SimMachine machine, List<TimeSpan> times)
    {
        if (machine.Process is not { } process) return;
        cluster.Hold(machine);
        machine.IsOn = false;
        process.Die(machineSpeaks: false, SessionEnd.Broken);
        var spread = new Probe(cluster, each => StateOf(each) is { } state && (!state.IsReachable(process.Self) || state.Find(process.Self) is null));
        spread.Wait(Limit);
        times.AddRange(spread.Times);
        cluster.World.RunFor(TimeSpan.FromSeconds(5));
    }

    private void Idle(SimCluster cluster)
    {
        SimMachine[] edges = [.. cluster.Machines.Where(machine => machine is { IsCore: false, Process: not null })];
        if (edges.Length == 0) return;
        TimeSpan length = TimeSpan.FromSeconds(60);
        long[] before = [.. edges.Select(machine => machine.BytesIn + machine.BytesOut)];
        cluster.World.RunFor(length);
        double[] rates = [.. edges.Select((machine, index) => (machine.BytesIn + machine.BytesOut - before[index]) / length.TotalSeconds)];
        (IdleBytesPerSecond, WorstIdleBytesPerSecond) = (rates.Average(), rates.Max());
    }

    private static ClusterState? StateOf(SimProcess process) => process.Program?.Membership?.State;
}
