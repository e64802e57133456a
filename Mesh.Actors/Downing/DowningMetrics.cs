using Mesh.Wire.Metrics;

namespace Mesh.Actors.Downing;

/// <summary>How splits ended for this node. Written on the control loop.</summary>
internal sealed class DowningMetrics
{
    private readonly Counter? _survived;
    private readonly Counter? _lost;

    public DowningMetrics(MetricScope? scope)
    {
        _survived = Decisions("down_others");
        _lost = Decisions("down_self");

        Counter? Decisions(string outcome) =>
            scope?.Counter(DowningMetricNames.Decisions, "Splits that this node decided.", LabelSet.Of(("outcome", outcome)));
    }

    public void Survived() => _survived?.Add(0);

    public void Lost() => _lost?.Add(0);
}
