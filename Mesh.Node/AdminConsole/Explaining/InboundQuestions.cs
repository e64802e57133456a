using System.Collections.Immutable;
using System.Net;
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

    /// <summary>Those that no node hosts, or beyond <see cref="MaxAsked"/>, are missing.</summary>
    public async Task<IReadOnlyDictionary<HostedKey, Step>> AskAsync(IEnumerable<HostedKey?> instances, CancellationToken cancel)
    {
        if (services is null || fleet is null) return ImmutableDictionary<HostedKey, Step>.Empty;
        HostedKey[] asked = [.. instances.OfType<HostedKey>().Distinct().Take(MaxAsked)];
        Step[] steps = await Task.WhenAll(asked.Select(instance => AskAsync(services, fleet, instance, cancel))).ConfigureAwait(false);
        return asked.Zip(steps).ToDictionary(static each => each.First, static each => each.Second);
    }

    private static async Task<Step> AskAsync(ServicesView services, FleetConsole fleet, HostedKey asked, CancellationToken cancel)
    {
        int slash = asked.Instance.IndexOf('/', StringComparison.Ordinal);
        (string service, string id) = slash < 0 ? (asked.Instance, "") : (asked.Instance[..slash], asked.Instance[(slash + 1)..]);
        ServiceInstance? row = services.Table.Find(service).Present.Select(static each => each.Value)
            .FirstOrDefault(each => each.Id == id && asked.Inbound.Equals(each.Inbound));
        if (row is null)
        {
            const string Why = "not hosted there by this node's cluster, or not any more: nobody was asked";
            return Step.Unknown("host", $"{asked.Instance} at {asked.Inbound} is {Why}");
        }

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

/// <summary>An instance behind an inbound side: nodes may give the same name to theirs.</summary>
/// <param name="Inbound">Of the node that hosts it.</param>
/// <param name="Instance"><c>service/id</c>.</param>
internal readonly record struct HostedKey(IPEndPoint Inbound, string Instance)
{
    /// <summary>Null: the address is nobody's inbound side.</summary>
    public static HostedKey? Of(IPEndPoint address, string? instance) => instance is null ? null : new HostedKey(address, instance);
}
