using System.Collections.Immutable;
using System.Text.Json;
using Mesh.Actors.Membership;
using Mesh.Discovery.Services;
using Mesh.Node.Admin.Services;
using Mesh.Node.AdminConsole.Fleet;

namespace Mesh.Node.AdminConsole.Explaining;

/// <summary>Asks the nodes that host instances what their inbound sides would do with a request.</summary>
/// <param name="services">Who hosts whom; null without a cluster.</param>
/// <param name="fleet">Null without a cluster.</param>
internal sealed class InboundQuestions(ServicesView? services, FleetConsole? fleet)
{
    /// <summary>Instances that are asked about for one explanation.</summary>
    public const int MaxAsked = 16;

    /// <summary>The command that answers.</summary>
    public const string Command = "service inbound";

    /// <summary>By instance, <c>service/id</c>; those that no node hosts, or beyond <see cref="MaxAsked"/>, are missing.</summary>
    public async Task<IReadOnlyDictionary<string, Step>> AskAsync(IEnumerable<string?> instances, CancellationToken cancel)
    {
        if (services is null || fleet is null) return ImmutableDictionary<string, Step>.Empty;
        string[] asked = [.. instances.OfType<string>().Distinct().Take(MaxAsked)];
        Step[] steps = await Task.WhenAll(asked.Select(instance => AskAsync(services, fleet, instance, cancel))).ConfigureAwait(false);
        return asked.Zip(steps).ToDictionary(static each => each.First, static each => each.Second);
    }

    private static async Task<Step> AskAsync(ServicesView services, FleetConsole fleet, string instance, CancellationToken cancel)
    {
        int slash = instance.IndexOf('/', StringComparison.Ordinal);
        (string service, string id) = slash < 0 ? (instance, "") : (instance[..slash], instance[(slash + 1)..]);
        ServiceInstance? row = services.Table.Find(service).Present.Select(static each => each.Value).FirstOrDefault(each => each.Id == id);
        if (row is null) return Step.No("host", $"{instance} is no longer in this node's view of the services");
        try
        {
            ImmutableArray<Member> host = fleet.Find(row.Node);
            ConsoleQuestion question = new([.. Command.Split(' '), "-s", service, "-i", id], AsJson: true);
            NodeReply said = (await fleet.AskAsync(host, question, cancel).ConfigureAwait(false))[0];
            if (said.Reply is not { } reply) return Step.Unknown("host", $"node {row.Node}: {said.WhyNot}");
            return reply.IsRefusal ? Step.Unknown("host", $"node {row.Node}: {reply.Text}") : StepJson.Read(reply.Text);
        }
        catch (ConsoleRefusal none)
        {
            return Step.Unknown("host", $"node {row.Node} hosts it, but {none.Message}");
        }
        catch (JsonException)
        {
            return Step.Unknown("host", $"node {row.Node} answers what this one cannot read");
        }
    }
}
