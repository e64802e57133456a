using System.Collections.Frozen;
using Mesh.Actors.Storage;
using Mesh.Wire.Metrics;

namespace Mesh.Actors.Journals;

/// <summary>What a journal counts. Any thread.</summary>
internal sealed class JournalMetrics
{
    private readonly FrozenDictionary<AppendStatus, Counter> _appends;
    private readonly FrozenDictionary<StorageFault, Counter> _faults;
    private readonly Counter _events;
    private readonly Counter _commits;
    private readonly Histogram _latency;

    public JournalMetrics(MetricScope scope, string kind)
    {
        LabelSet labels = LabelSet.Empty.With(("store", kind));
        _appends = Enum.GetValues<AppendStatus>().ToFrozenDictionary(status => status, status => scope.Counter(
            JournalMetricNames.Appends, "Writes of actors by what became of them.", labels.With(("outcome", status.ToString().ToLowerInvariant()))));
        _faults = Enum.GetValues<StorageFault>().ToFrozenDictionary(fault => fault, fault => scope.Counter(
            JournalMetricNames.Faults, "Calls that the store failed, by its fault.", labels.With(("fault", fault.ToString().ToLowerInvariant()))));
        _events = scope.Counter(JournalMetricNames.Events, "Events written.", labels);
        _commits = scope.Counter(JournalMetricNames.Commits, "Commits made; events by commits is the size of a group.", labels);
        _latency = scope.Histogram(JournalMetricNames.Latency, "From a write's call to its answer.", HistogramUnit.Seconds, labels);
    }

    /// <summary>Writes were answered.</summary>
    public void Appended(IReadOnlyList<AtomicWrite> writes, IReadOnlyList<AppendOutcome> outcomes, TimeSpan elapsed)
    {
        for (int i = 0; i < outcomes.Count; i++)
        {
            if (_appends.TryGetValue(outcomes[i].Status, out Counter? counter)) counter.Add(0);
            if (outcomes[i].Status == AppendStatus.Written) _events.Add(0, writes[i].Events.Length);
        }

        _latency.Record(0, (long)elapsed.TotalNanoseconds);
    }

    /// <summary>A group was committed.</summary>
    public void Committed() => _commits.Add(0);

    /// <summary>A call failed.</summary>
    public void Failed(StorageFault fault)
    {
        if (_faults.TryGetValue(fault, out Counter? counter)) counter.Add(0);
    }
}
