using Mesh.Actors.Control;
using Mesh.Wire.Metrics;

namespace Mesh.Actors.Tables;

/// <summary>A table's series. They read plain 64-bit fields that the loop writes: a scrape may see one a moment late.</summary>
internal static class TableMetrics
{
    public static void Register(MetricScope scope, TableCore table, Spreader spreader, ControlLoop loop)
    {
        LabelSet labels = LabelSet.Of(("table", table.Name));
        TableCounters counters = table.Counters;
        scope.Gauge(TableMetricNames.Rows, "Rows kept, tombstones included.", labels, () => table.Replica.Count);
        scope.Gauge(TableMetricNames.Bytes, "Bytes of keys and values kept.", labels, () => table.Replica.Bytes);
        scope.Gauge(TableMetricNames.Pending, "Rows that wait to be sent to neighbours.", labels, () => spreader.Pending);
        const string age = "How long ago others last had the same rows, through restarts; NaN: never.";
        scope.Gauge(TableMetricNames.Age, age, labels, () => table.Freshness.AgeAt(loop.UtcNow)?.TotalSeconds ?? double.NaN);
        scope.ObservedCounter(TableMetricNames.Learned, "Rows of others that were news.", labels, () => counters.Learned);
        scope.ObservedCounter(TableMetricNames.Repaired, "Rows that only anti-entropy brought.", labels, () => counters.Repaired);
        scope.ObservedCounter(TableMetricNames.Conflicts, "One version with two contents.", labels, () => table.Replica.Conflicts);
        scope.ObservedCounter(TableMetricNames.SaveFailures, "Failed writes of the local copy.", labels, () => counters.SaveFailures);
        Refused(scope, labels, "full", () => counters.Full);
        Refused(scope, labels, "malformed", () => counters.Malformed);
        Refused(scope, labels, "foreign", () => counters.Foreign);
        Refused(scope, labels, "undecodable", () => table.View.Undecodable);
        Refused(scope, labels, "pending", () => counters.PendingDropped);
        Sent(scope, labels, "delta", () => counters.DeltaBytes);
        Sent(scope, labels, "sync", () => counters.SyncBytes);
    }

    private static void Refused(MetricScope scope, LabelSet labels, string reason, Func<double> read) =>
        scope.ObservedCounter(TableMetricNames.Refused, "Rows that were not kept, shown or queued.", labels.With(("reason", reason)), read);

    private static void Sent(MetricScope scope, LabelSet labels, string way, Func<double> read) =>
        scope.ObservedCounter(TableMetricNames.Sent, "Bytes of tables sent to other nodes.", labels.With(("way", way)), read);
}
