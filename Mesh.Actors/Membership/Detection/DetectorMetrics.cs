using Mesh.Wire.Metrics;

namespace Mesh.Actors.Membership.Detection;

/// <summary>What the detector counts. Written on the control loop, read by anybody.</summary>
internal sealed class DetectorMetrics
{
    private readonly Counter? _suspect;
    private readonly Counter? _unreachable;
    private readonly Counter? _restored;
    private readonly Counter? _refutations;
    private readonly Counter? _pauses;
    private volatile int _watched;
    private volatile int _health;

    public DetectorMetrics(MetricScope? scope)
    {
        if (scope is null) return;
        scope.Gauge(DetectorMetricNames.Watched, "Members that this node watches.", LabelSet.Empty, () => _watched);
        scope.Gauge(DetectorMetricNames.Health, "Doubt about itself: 0 well, 7 worst.", LabelSet.Empty, () => _health);
        _suspect = Accusations("suspect");
        _unreachable = Accusations("unreachable");
        _restored = Accusations("taken_back");
        _refutations = scope.Counter(DetectorMetricNames.Refutations, "Accusations of this node that it refuted.", LabelSet.Empty);
        _pauses = scope.Counter(DetectorMetricNames.Pauses, "Times that this process stood still.", LabelSet.Empty);

        Counter Accusations(string word) =>
            scope.Counter(DetectorMetricNames.Accusations, "Words about others.", LabelSet.Of(("word", word)));
    }

    public void Said(ReachabilityStatus word) => (word switch
    {
        ReachabilityStatus.Suspect => _suspect,
        ReachabilityStatus.Unreachable => _unreachable,
        _ => _restored,
    })?.Add(0);

    public void Refuted() => _refutations?.Add(0);

    public void Paused() => _pauses?.Add(0);

    public void Show(int watched, int health)
    {
        _watched = watched;
        _health = health;
    }
}
