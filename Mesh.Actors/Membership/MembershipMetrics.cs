using Mesh.Wire.Metrics;

namespace Mesh.Actors.Membership;

/// <summary>Puts membership's numbers where scrapers see them.</summary>
/// <remarks>Read from any thread: published views are immutable, and counters may be a moment old.</remarks>
internal static class MembershipMetrics
{
    public static void Register(MetricScope scope, MembershipCore core, Func<bool> converged)
    {
        for (MemberStatus status = MemberStatus.Joining; status <= MemberStatus.Down; status++)
        {
            MemberStatus counted = status;
            scope.Gauge(
                MembershipMetricNames.Members, "Members as this node sees them.", LabelSet.Of(("status", Name(status))),
                () => core.State.Members.Count(member => member.Status == counted));
        }

        scope.Gauge(
            MembershipMetricNames.Unreachable, "Members that enough observers call unreachable.", LabelSet.Empty,
            () => core.State.Unreachable.Length);
        scope.Gauge(MembershipMetricNames.Converged, "1 where this node leads and the core agrees.", LabelSet.Empty, () => converged() ? 1 : 0);
        scope.Gauge(MembershipMetricNames.QueueLength, "Records that wait to be passed on.", LabelSet.Empty, () => core.Queue.Count);
        MembershipCounters counters = core.Counters;
        Both(scope, MembershipMetricNames.Messages, "Messages of membership.", () => counters.MessagesSent, () => counters.MessagesReceived);
        Both(scope, MembershipMetricNames.Bytes, "Bytes of membership's messages.", () => counters.BytesSent, () => counters.BytesReceived);
        Both(scope, MembershipMetricNames.Records, "Records in membership's messages.", () => counters.RecordsSent, () => counters.RecordsReceived);
        Count(scope, MembershipMetricNames.Dropped, "Records dropped because too many waited.", () => core.Queue.Dropped);
        Count(scope, MembershipMetricNames.PushPulls, "Exchanges of whole tables begun.", () => counters.PushPulls);
        Count(scope, MembershipMetricNames.RefusedJoins, "Joins that this node refused.", () => counters.JoinsRefused);
        Count(scope, MembershipMetricNames.Refutations, "Accusations that this node refuted.", () => counters.Refutations);
    }

    private static string Name(MemberStatus status) => status switch
    {
        MemberStatus.Joining => "joining",
        MemberStatus.WeaklyUp => "weakly_up",
        MemberStatus.Up => "up",
        MemberStatus.Leaving => "leaving",
        MemberStatus.Exiting => "exiting",
        _ => "down",
    };

    private static void Both(MetricScope scope, string name, string help, Func<double> sent, Func<double> received)
    {
        scope.ObservedCounter(name, help, LabelSet.Of(("direction", "sent")), sent);
        scope.ObservedCounter(name, help, LabelSet.Of(("direction", "received")), received);
    }

    private static void Count(MetricScope scope, string name, string help, Func<double> read) =>
        scope.ObservedCounter(name, help, LabelSet.Empty, read);
}
