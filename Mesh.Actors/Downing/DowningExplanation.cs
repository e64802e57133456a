using System.Collections.Immutable;

namespace Mesh.Actors.Downing;

/// <summary>A view and what becomes of it, in lines for an operator.</summary>
internal static class DowningExplanation
{
    /// <param name="view">The situation.</param>
    /// <param name="settings">The strategy.</param>
    /// <param name="left">Until it counts as stable.</param>
    /// <param name="troubled">How long members have been unreachable.</param>
    public static ImmutableArray<string> Of(DowningView view, DowningSettings settings, TimeSpan left, TimeSpan troubled)
    {
        int core = view.Voters.Count;
        DowningDecision decision = SplitBrainResolver.Decide(view, settings);
        List<string> lines =
        [
            $"strategy    {settings.StrategyName}; stable-after {Seconds(settings.StableAfterFor(core))} with {core} core members; "
                + $"down-all-when-unstable {(settings.DownAllWhenUnstable ? $"after {Seconds(settings.UnstableAfterFor(core))}" : "off")}",
            .. view.Voters.Items.Select(voter => Line(view, voter)),
            .. view.Pending.Items.Select(each => $"pending     {Name(each.Observer)} suspects {Name(each.Subject)}"),
        ];
        if (settings.WarningFor(core) is { } warning) lines.Add($"note        {warning}");
        if (view.Undecided.Count > 0)
        {
            string stable = left == TimeSpan.Zero ? "now" : "in " + Seconds(left);
            lines.Add($"since       members unreachable for {Seconds(troubled)}; the view counts as stable {stable}");
        }

        lines.Add($"decision    {Verdict(decision, left)}");
        lines.Add($"because     {decision.Reason}");
        return [.. lines];
    }

    private static string Verdict(DowningDecision decision, TimeSpan left)
    {
        string when = left == TimeSpan.Zero ? "now" : $"in {Seconds(left)}, if nothing changes";
        return decision.Outcome switch
        {
            DowningOutcome.DownOthers => $"this side goes on: {Name(decision.Actor!)} downs {string.Join(", ", decision.Down.Select(Name))} {when}",
            DowningOutcome.DownSelf => $"this node ends {when}",
            _ => "nothing",
        };
    }

    private static string Line(DowningView view, Voter voter)
    {
        string reach = view.Unreachable.Items.BinarySearch(voter.Node) >= 0 ? "unreachable" : "reachable";
        string settled = view.Settled.Contains(voter.Node) ? ", decided by this side" : "";
        return $"core        {Name(voter.Node)} {voter.Status}, {reach}{settled}{(voter.Node == view.Self ? " (this node)" : "")}";
    }

    private static string Name(UniqueAddress node) => SplitBrainResolver.Short(node);

    private static string Seconds(TimeSpan time) => $"{time.TotalSeconds:0.#} s";
}
