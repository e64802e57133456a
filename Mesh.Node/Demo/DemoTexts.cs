using System.Globalization;
using System.Net;
using Mesh.Node.Hosting;

namespace Mesh.Node.Demo;

/// <summary>What a demo says before and after its tables.</summary>
internal static class DemoTexts
{
    /// <summary>What runs where, and what to try.</summary>
    public static IEnumerable<string> Intro(DemoOptions options, DemoFolder folder, string config, NodeHost host)
    {
        IPEndPoint router = host.Servers.First().BoundEndPoint!;
        yield return "Mesh demo: client -> node -> hello (2 instances) -> the same node -> world (4: one slow, one failing 2 s of each 10 s).";
        if (IsOther(router.Port, options.RouterPort)) yield return $"Port {options.RouterPort} is in use: the router took {router.Port}.";
        if (IsOther(host.Admin.Port, options.AdminPort)) yield return $"Port {options.AdminPort} is in use: admin took {host.Admin.Port}.";
        yield return "";
        yield return $"The node's config, {folder.Config}:";
        foreach (string line in config.TrimEnd().Split('\n')) yield return "    " + line.TrimEnd('\r');
        yield return "";
        yield return $"The addresses are files in {folder.Disco}; take a line out, or add one, while the demo runs.";
        yield return "To try from another terminal:";
        yield return $"    curl -H 'Host: hello' http://{router}/           # the answer tells which instances gave it";
        yield return $"    curl -i -H 'Host: nobody' http://{router}/       # a name that leads nowhere: see l5d-err";
        yield return $"    http_proxy={router} curl http://hello/           # the node as a plain HTTP proxy";
        yield return $"    curl http://{host.Admin}/metrics                     # what the tables below are made of";
        string length = string.Create(CultureInfo.InvariantCulture, $"{options.For.TotalSeconds:0.#} s");
        yield return $"{options.RequestsPerSecond} requests a second for {length}, or until Ctrl-C.";
        yield return "";
    }

    /// <summary>What the client saw and what the node kept from it.</summary>
    public static IEnumerable<string> Summary(DemoTraffic traffic, DemoServices services, DemoSampler sampler)
    {
        long answered = traffic.Success + traffic.Failed;
        double? rate = answered > 0 ? (double)traffic.Success / answered : null;
        TrafficCount failing = services.Failing.Count;
        long ownFailures = failing.Requests - failing.Success;
        long share = services.WorldCallsInBadSpells / services.Instances.Count(static instance => instance.Service == DemoServices.World);
        yield return "";
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"The client saw: {answered} requests in {services.Elapsed.TotalSeconds:0.0} s, {DemoCells.Percent(rate)} success, ")
            + $"{traffic.Failed} failed{NotSent(traffic)}.";
        yield return $"{services.Failing.Name} answered {ownFailures} of its {failing.Requests} requests with 503. Calls of world in its bad spells: "
            + $"{services.WorldCallsInBadSpells}; an even share of them, {share}, would have failed.";
        long deaths = sampler.Destinations.Sum(static each => each.Counters.Deaths);
        long revivals = sampler.Destinations.Sum(static each => each.Counters.Revivals);
        long again = Math.Max(0, ownFailures - traffic.Failed);
        yield return $"What the mesh hid: some {Math.Max(0, share - ownFailures)} failures, by sending less to who fails "
            + $"(taken out altogether: {deaths}, back again: {revivals}), and {again} by sending the request again.";
        yield return "What it did not hide: world-3 is slow, not failing. Peak-EWMA sends it little, but asks again now and then, which is the p99.";
    }

    private static bool IsOther(int port, int preferred) => preferred != 0 && port != preferred;

    private static string NotSent(DemoTraffic traffic) => traffic.NotSent > 0 ? $", {traffic.NotSent} could not be sent in time" : "";
}
