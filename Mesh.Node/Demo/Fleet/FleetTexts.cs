using System.Collections.Immutable;
using System.Globalization;

namespace Mesh.Node.Demo.Fleet;

/// <summary>What a demo of several nodes says before and after its table.</summary>
internal static class FleetTexts
{
    public static IEnumerable<string> Intro(FleetPlan plan, FleetFolder folder, ImmutableArray<FleetNode> nodes, DemoOptions options)
    {
        FleetNode last = nodes[^1];
        int edges = plan.Members.Length - plan.Cores;
        string cores = $"{plan.Cores} core{(edges > 0 ? $" and {edges} edge" : "")}";
        yield return $"Mesh demo: {plan.Members.Length} nodes, {cores}, form one cluster; beside each, hello and world.";
        yield return "Clients ask all nodes in turn, and the next one where nobody is there. One node";
        yield return "is killed as by kill -9, and started again when the others have removed it.";
        yield return "";
        yield return $"Configs, logs (n1.log ..) and the nodes' directories: {folder.Root}";
        yield return "To try from another terminal:";
        yield return $"    curl -H 'Host: hello' http://127.0.0.1:{last.Ports.Router}/";
        yield return $"    mesh console 127.0.0.1:{last.Ports.Admin} cluster show";
        yield return $"    mesh console 127.0.0.1:{last.Ports.Admin} cluster tail";
        string length = string.Create(CultureInfo.InvariantCulture, $"{options.For.TotalSeconds:0.#} s");
        yield return $"{options.RequestsPerSecond} requests a second for {length}, or until Ctrl-C.";
        yield return "";
    }

    /// <summary>What the client saw, and how long each step took.</summary>
    public static IEnumerable<string> Summary(DemoTraffic traffic, ImmutableArray<FleetNode> nodes, FleetStory story, TimeSpan elapsed)
    {
        long answered = traffic.Success + traffic.Failed;
        double? rate = answered > 0 ? (double)traffic.Success / answered : null;
        long moved = nodes.Sum(static node => node.Door.Closed);
        yield return "";
        yield return string.Create(CultureInfo.InvariantCulture, $"The client saw: {answered} requests in {elapsed.TotalSeconds:0.0} s, ")
            + $"{DemoCells.Percent(rate)} success, {traffic.Failed} failed; it moved on {moved} times.";
        if (story.FormedAt is not { } formed)
        {
            yield return "The cluster was not formed when the time was over; give it more with --for 30s.";
            yield break;
        }

        yield return $"The cluster: formed after {Seconds(formed)} s.";
        if (story is not { Victim: { } victim, KilledAt: { } killed })
        {
            yield return "The time was over before a node was killed.";
            yield break;
        }

        string seen = story.UnreachableAt is { } unreachable ? $"unreachable to all after {Seconds(unreachable - killed)} s" : "not found out yet";
        string removed = story.RemovedAt is { } gone ? $", removed after {Seconds(gone - killed)} s" : "";
        yield return $"{victim} was killed: {seen}{removed}.";
        if (story.RestartedAt is { } again)
            yield return story.BackAt is { } back
                ? $"{victim} was started again: up for all after {Seconds(back - again)} s."
                : $"{victim} was started again and was not up for all when the time was over.";
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
}
