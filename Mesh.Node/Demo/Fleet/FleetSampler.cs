using System.Collections.Immutable;
using Mesh.Actors.Membership;

namespace Mesh.Node.Demo.Fleet;

/// <summary>Turns what clients counted and nodes see into frames.</summary>
/// <remarks>One caller at a time.</remarks>
internal sealed class FleetSampler(ImmutableArray<FleetNode> nodes)
{
    private readonly Dictionary<string, (long Requests, long Success)> _before = [];
    private TimeSpan _at;

    /// <summary>Of the nodes that run, by number.</summary>
    public ImmutableArray<FleetView> Views() =>
        [.. nodes.Select(static node => node.View is { } view ? FleetView.Of(node.Member.Name, view) : null).OfType<FleetView>()];

    /// <summary>What came since the frame before, or since the start.</summary>
    public FleetFrame Next(TimeSpan now, IEnumerable<string> events, bool sinceStart = false)
    {
        if (sinceStart)
        {
            _before.Clear();
            _at = TimeSpan.Zero;
        }

        TimeSpan span = now - _at;
        _at = now;
        return new FleetFrame(now, span, [.. nodes.Select(node => Row(node, span))], [.. events]);
    }

    private FleetRow Row(FleetNode node, TimeSpan span)
    {
        (long requests, long success) = (node.Door.Requests, node.Door.Success);
        (long oldRequests, long oldSuccess) = _before.GetValueOrDefault(node.Member.Name);
        _before[node.Member.Name] = (requests, success);
        long came = requests - oldRequests;
        ClusterState? view = node.View;
        return new FleetRow(
            node.Member,
            view is null ? "killed" : view.SelfMember?.Status.ToString().ToLowerInvariant() ?? "alone",
            view?.Members.Count(member => member.Status == MemberStatus.Up && view.IsReachable(member.UniqueAddress)),
            view?.Unreachable.Length,
            view?.Leader is { } leader ? view.Find(leader)?.Name : null,
            span > TimeSpan.Zero ? came / span.TotalSeconds : 0,
            came > 0 ? (double)(success - oldSuccess) / came : null,
            node.Ports);
    }
}
