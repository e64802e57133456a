using System.Collections.Immutable;
using Mesh.Actors;
using Mesh.Actors.Clustering;
using Mesh.Actors.Membership;

namespace Mesh.Node.AdminConsole.Fleet;

/// <summary>Asks other nodes' consoles. Any thread.</summary>
/// <param name="cluster">Asked at each call; refuses while there is none yet.</param>
internal sealed class FleetConsole(Func<Cluster> cluster)
{
    /// <summary>Nodes of one question.</summary>
    public const int MaxNodes = 256;

    /// <summary>How long a node may take to answer; all are asked at once.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>The members that a text means: <c>*</c> all of them, a name or address one.</summary>
    /// <exception cref="ConsoleRefusal">There is none.</exception>
    public ImmutableArray<Member> Find(string text)
    {
        Cluster here = cluster();
        if (text == "*")
        {
            IEnumerable<Member> members = here.State.Members.Where(static member => member.Status < MemberStatus.Exiting);
            return [.. members.OrderBy(static member => member.Name, StringComparer.Ordinal)];
        }

        Member member = here.Find(text) ?? throw new ConsoleRefusal(ConsoleStatus.No, $"no member `{text}`; `cluster show` lists them");
        return [member];
    }

    /// <summary>Asks the first <see cref="MaxNodes"/> of them; a reply each, in their order. Who does not answer is told with a reason.</summary>
    public async Task<ImmutableArray<NodeReply>> AskAsync(ImmutableArray<Member> members, ConsoleQuestion question, CancellationToken cancel)
    {
        ClusterState state = cluster().State;
        return [.. await Task.WhenAll(members.Take(MaxNodes).Select(member => AskAsync(member, state, question, cancel))).ConfigureAwait(false)];
    }

    private async Task<NodeReply> AskAsync(Member member, ClusterState state, ConsoleQuestion question, CancellationToken cancel)
    {
        bool isHere = member.UniqueAddress == state.Self;
        if (!isHere && !state.IsReachable(member.UniqueAddress)) return NodeReply.Silent(member, "it cannot be reached");
        IActorRef console = cluster().System.Resolve($"{member.Address}/user/{ConsoleActor.Name}");
        try
        {
            ConsoleReply reply = await console.Ask<ConsoleReply>(question, Patience, cancel).ConfigureAwait(false);
            return new NodeReply(member.Name, member.Address.ToString(), reply, "");
        }
        catch (AskTimeoutException)
        {
            return NodeReply.Silent(member, $"it did not answer within {Patience.TotalSeconds} s");
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            return NodeReply.Silent(member, $"it cannot answer: {fault.Message}");
        }
    }
}

/// <summary>What came of asking one node.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Reply">Null: none came.</param>
/// <param name="WhyNot">Why none came; else empty.</param>
internal sealed record NodeReply(string Node, string Address, ConsoleReply? Reply, string WhyNot)
{
    public static NodeReply Silent(Member member, string why) => new(member.Name, member.Address.ToString(), null, why);
}
