using Google.Protobuf.WellKnownTypes;
using Mesh.Actors;
using Mesh.Actors.Remoting;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.Runs;

namespace Mesh.Tests.Simulation.Toy;

/// <summary>The toy in a run: registers are written, versions only grow on each process, and in the end all machines hold the same.</summary>
internal sealed class ToySubject(ToyBug bug = ToyBug.None) : Subject
{
    private const int Keys = 5;

    private readonly Dictionary<(SimProcess, string), ToyProgram.Entry> _seen = [];
    private bool _working;
    private int _writes;

    public override string Name => "toy";

    public override MessageCatalog Catalog { get; } = new([MessageKind.Of(90, StringValue.Parser)]);

    public override IReadOnlyList<string> Sometimes => ["toy: stale entry refused", "toy: write failed"];

    public override SimProgram Compose(SimProcess process, Scenario scenario) => new ToyProgram(
        process,
        [.. Enumerable.Range(0, scenario.Core + scenario.Edge).Select(index => new Address("sim", $"10.0.{index / 250}.{index % 250}", 4000))],
        bug, scenario.Vary("toy period", TimeSpan.FromMilliseconds(500)));

    public override void Watch(SimCluster cluster, Scenario scenario) => cluster.Checks.Add(process => Check(cluster, process));

    public override void StartWork(SimCluster cluster)
    {
        _working = true;
        Work(cluster);
    }

    public override void StopWork() => _working = false;

    public override string? Unsettled(SimCluster cluster)
    {
        SimProcess[] living = [.. cluster.Living];
        if (living.Length < cluster.Machines.Length) return $"{cluster.Machines.Length - living.Length} machines run nothing";
        var first = (ToyProgram)living[0].Program!;
        foreach (SimProcess process in living)
        {
            var program = (ToyProgram)process.Program!;
            if (!program.IsReady) return $"{process} has not read its disk";
            if (!program.Entries.SequenceEqual(first.Entries)) return $"{process} and {living[0]} hold different registers";
        }

        return null;
    }

    private void Work(SimCluster cluster)
    {
        if (!_working) return;
        SimProcess[] living = [.. cluster.Living];
        if (living.Length > 0)
        {
            SimProcess process = living[_writes * 7 % living.Length];
            string key = $"k{_writes % Keys}", value = $"v{_writes++}";
            process.Loop.Post(() => ((ToyProgram)process.Program!).Put(key, value));
        }

        cluster.World.After(TimeSpan.FromSeconds(0.7), "work", () => Work(cluster));
    }

    private void Check(SimCluster cluster, SimProcess process)
    {
        foreach ((string key, ToyProgram.Entry entry) in ((ToyProgram)process.Program!).Entries)
        {
            if (_seen.TryGetValue((process, key), out ToyProgram.Entry? before))
            {
                if (ReferenceEquals(before, entry)) continue;
                bool isForward = before == entry || entry.IsNewerThan(before);
                cluster.World.Assert(isForward, "D2", () => $"{process} showed {key} as {before}, and then {entry}");
            }

            _seen[(process, key)] = entry;
        }
    }
}
