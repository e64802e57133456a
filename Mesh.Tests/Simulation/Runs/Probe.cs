using Mesh.Tests.Simulation.Nodes;

namespace Mesh.Tests.Simulation.Runs;

/// <summary>Measures how news spread: when each process first saw it.</summary>
internal sealed class Probe
{
    private readonly SimCluster _cluster;
    private readonly Func<SimProcess, bool> _sees;
    private readonly HashSet<SimProcess> _waiting;
    private readonly TimeSpan _began;

    /// <param name="cluster">Everybody who lives now has to see it.</param>
    /// <param name="sees">Whether a process does; cheap, for it is asked after each of its events.</param>
    public Probe(SimCluster cluster, Func<SimProcess, bool> sees)
    {
        (_cluster, _sees, _began) = (cluster, sees, cluster.World.Now);
        _waiting = [.. cluster.Living];
        cluster.Checks.Add(Look);
    }

    /// <summary>Of each process that saw it, how long it took.</summary>
    public List<TimeSpan> Times { get; } = [];

    /// <summary>Runs until all saw it; false when some did not in that time.</summary>
    public bool Wait(TimeSpan atMost)
    {
        bool all = _cluster.World.RunUntil(() => _waiting.Count == 0, atMost);
        _cluster.Checks.Remove(Look);
        return all;
    }

    /// <summary>Runs until all saw it, and tells the times; of those who did not see it in that time, that time.</summary>
    public IEnumerable<TimeSpan> TimesWithin(TimeSpan atMost)
    {
        Wait(atMost);
        return [.. Times, .. Enumerable.Repeat(atMost, _waiting.Count)];
    }

    private void Look(SimProcess process)
    {
        if (!_waiting.Contains(process) || !_sees(process)) return;
        _waiting.Remove(process);
        Times.Add(_cluster.World.Now - _began);
    }
}
