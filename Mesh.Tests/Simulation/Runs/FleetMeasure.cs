using System.Diagnostics;
using System.Globalization;
using System.Text;
using Mesh.Actors;
using Mesh.Actors.Membership;
using Mesh.Actors.Membership.Spreading;
using Mesh.Actors.Remoting;
using Mesh.Actors.Tables.Protocol;
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

    /// <summary>Bytes of a message of gossip around its one record: frame, cluster, tag and length.</summary>
    private const double Envelope = 12 + 9 + 2;

    private readonly List<string> _walls = [];
    private SortedDictionary<ushort, double> _idle = [];
    private long _lap = Stopwatch.GetTimestamp();

    public bool Formed { get; private set; }

    public TimeSpan FormedAfter { get; private set; }

    /// <summary>From the start of a process until a node lists it.</summary>
    public List<TimeSpan> Joined { get; } = [];

    /// <summary>From a node's wish to leave until another has no such member any more.</summary>
    public List<TimeSpan> Left { get; } = [];

    /// <summary>From the power's end of an edge machine until a node calls it unreachable, or has no such member any more.</summary>
    public List<TimeSpan> EdgeCrash { get; } = [];

    /// <summary>The same of a core machine.</summary>
    public List<TimeSpan> CoreCrash { get; } = [];

    /// <summary>From a write to a node's showing it.</summary>
    public List<TimeSpan> TableChange { get; } = [];

    /// <summary>What an edge machine sends and receives while nothing happens.</summary>
    public double IdleBytesPerSecond { get; private set; }

    public double WorstIdleBytesPerSecond { get; private set; }

    /// <summary>Which messages these are: bytes per second of the fleet's mean node.</summary>
    public string IdleKinds { get; private set; } = "";

    /// <summary>Bytes in and out of the mean node for each change, beside what the formula says.</summary>
    public List<string> Costs { get; } = [];


    public static FleetMeasure Take(int core, int edge, int samples)
    {
        SynchronizationContext.SetSynchronizationContext(null);
        var measure = new FleetMeasure(core, edge);
        var world = new SimWorld(Hashes.Of((ulong)core, (ulong)edge)) { ChancesOn = false, NotesOn = false };
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
        Line("leave seen", Left);
        Line("crash of edge seen", EdgeCrash);
        Line("crash of core seen", CoreCrash);
        Line("table change seen", TableChange);
        text.AppendLine(
            CultureInfo.InvariantCulture, $"  idle edge node     {IdleBytesPerSecond:0} B/s in and out, the worst {WorstIdleBytesPerSecond:0}");
        text.AppendLine(CultureInfo.InvariantCulture, $"    of which         {IdleKinds}");
        foreach (string cost in Costs) text.AppendLine(CultureInfo.InvariantCulture, $"  {cost}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  on the wall: {string.Join(", ", _walls)}");
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
        Lap("forming");
        world.RunFor(TimeSpan.FromSeconds(30));
        return Formed;
    }

    private void Measure(SimCluster cluster, int samples)
    {
        SimWorld world = cluster.World;
        Idle(cluster);
        double fanOut = cluster.Living.Average(process => StateOf(process)!.Neighbours.Length);
        var traffic = new Traffic(cluster);
        for (int i = 0; i < samples; i++) Write(cluster, cluster.Machines[(i * 7919) % (Core + Edge)], $"k{i}");
        world.RunFor(TimeSpan.FromSeconds(2));
        double size = traffic.SizeOf(typeof(TableDelta));
        Cost(cluster, "a row's change", traffic, samples, 2 * (fanOut - 1) * size, $"2 x (fan-out {fanOut:0.0} - 1) x {size:0} B");

        double passes = Math.Min(fanOut - 1, SpreadMath.Transmissions(Core + Edge, MembershipSettings.DefaultRetransmitMultiplier));
        var membership = (ClusterMembership)cluster.Machines[0].Process!.Program!.Membership!;
        double record = membership.Core.Table.Members.Average(each => each.WireSize + Envelope);
        traffic = new Traffic(cluster);
        for (int i = 0; i < samples; i++) Join(cluster, cluster.Machines[Core + Edge + i]);
        Cost(cluster, "a join", traffic, samples, 2 * 2 * passes * record, $"2 x 2 records x {passes:0.0} times x {record:0} B");

        traffic = new Traffic(cluster);
        for (int i = 0; i < samples; i++) Leave(cluster, cluster.Machines[Core + Edge + i]);
        Cost(cluster, "a leave", traffic, samples, 2 * 4 * passes * record, $"2 x 4 records x {passes:0.0} times x {record:0} B");

        for (int i = 0; i < samples; i++) Crash(cluster, cluster.Machines[Core + ((i * 31) % Edge)], EdgeCrash);
        Crash(cluster, cluster.Machines[Core - 1], CoreCrash);
        Lap("crashes");
    }

    private void Write(SimCluster cluster, SimMachine writer, string key)
    {
        var spread = new Probe(cluster, process => ((ClusterProgram)process.Program!).Owned.Snapshot.Find(key) is not null);
        writer.Process!.Loop.Post(() => ((ClusterProgram)writer.Process.Program!).Owned.Put(key, "value"));
        TableChange.AddRange(spread.TimesWithin(Limit));
    }

    private void Join(SimCluster cluster, SimMachine machine)
    {
        UniqueAddress joiner = cluster.Start(machine).Self;
        var spread = new Probe(cluster, process => StateOf(process)?.Find(joiner) is not null);
        Joined.AddRange(spread.TimesWithin(Limit));
        cluster.World.RunFor(TimeSpan.FromSeconds(10));
    }

    private void Leave(SimCluster cluster, SimMachine machine)
    {
        if (machine.Process is not { } leaver) return;
        cluster.Hold(machine);
        var spread = new Probe(cluster, process => process == leaver || StateOf(process)?.Find(leaver.Self) is null);
        leaver.Loop.Post(leaver.Program!.Leave);
        Left.AddRange(spread.TimesWithin(Limit));
        cluster.World.RunFor(TimeSpan.FromSeconds(10));
    }

    private void Cost(SimCluster cluster, string what, Traffic traffic, int changes, double formula, FormattableString formulaText)
    {
        SortedDictionary<ushort, double> news = traffic.News(_idle, Core + Edge);
        double bytes = 2 * news.Values.Sum() / (Core + Edge) / changes;
        Costs.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"{what,-18} {bytes:0} B in and out of a node; formula {formula:0}: {formulaText.ToString(CultureInfo.InvariantCulture)}"));
        Costs.Add($"  of which         {Traffic.Top(cluster.Network, news, (Core + Edge) * (double)changes)}");
        Lap(what);
    }

    private void Lap(string what)
    {
        _walls.Add(string.Create(CultureInfo.InvariantCulture, $"{what} {Stopwatch.GetElapsedTime(_lap).TotalSeconds:0} s"));
        _lap = Stopwatch.GetTimestamp();
    }

    private static void Crash(SimCluster cluster, SimMachine machine, List<TimeSpan> times)
    {
        if (machine.Process is not { } process) return;
        cluster.Hold(machine);
        machine.IsOn = false;
        process.Die(machineSpeaks: false, SessionEnd.Broken);
        var spread = new Probe(cluster, each => StateOf(each) is { } state && (!state.IsReachable(process.Self) || state.Find(process.Self) is null));
        times.AddRange(spread.TimesWithin(Limit));
        cluster.World.RunFor(TimeSpan.FromSeconds(5));
    }

    private void Idle(SimCluster cluster)
    {
        SimMachine[] edges = [.. cluster.Machines.Where(machine => machine is { IsCore: false, Process: not null })];
        if (edges.Length == 0) return;
        TimeSpan length = TimeSpan.FromSeconds(60);
        long[] before = [.. edges.Select(machine => machine.BytesIn + machine.BytesOut)];
        var traffic = new Traffic(cluster);
        cluster.World.RunFor(length);
        _idle = traffic.Rates();
        IdleKinds = Traffic.Top(cluster.Network, _idle, Core + Edge);
        double[] rates = [.. edges.Select((machine, index) => (machine.BytesIn + machine.BytesOut - before[index]) / length.TotalSeconds)];
        (IdleBytesPerSecond, WorstIdleBytesPerSecond) = (rates.Average(), rates.Max());
        Lap("idle");
    }

    private static ClusterState? StateOf(SimProcess process) => process.Program?.Membership?.State;
}
