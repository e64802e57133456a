using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Mesh.Actors;
using Mesh.Actors.Clustering;
using Mesh.Actors.Membership;

namespace Mesh.Node.AdminConsole.Palettes;

/// <summary><c>cluster ..</c>: the cluster as the node that is asked sees it.</summary>
internal static class ClusterPalette
{
    private static readonly ConsoleOption s_address = new("-a", "ADDRESS", "whom: its name, host:port, or address as `cluster show` prints it")
    {
        Values = ConsoleValues.Nodes,
    };

    private static readonly ConsoleOption s_yes = new("--yes", null, "really");

    public static IEnumerable<ConsoleCommand> Commands(Func<Cluster> cluster) =>
    [
        ConsoleCommand.Once("cluster show", "all members", (_, _) => Task.FromResult(Show(cluster().State))),
        ConsoleCommand.Once("cluster status", "this node's own state", (_, _) => StatusAsync(cluster())),
        ConsoleCommand.Once("cluster leader", "who leads", (_, _) => Task.FromResult(Leader(cluster().State))),
        new ConsoleCommand(
            "cluster tail", "the state now, then events as they come, until interrupted", (_, cancel) => TailAsync(cluster(), cancel)),
        ConsoleCommand.Once("cluster sbr explain", "what this node would decide about a split now, and why", (_, _) => ExplainAsync(cluster())),
        ConsoleCommand.Once("cluster detector", "whom this node watches, and how it thinks of itself", (_, _) => DetectorAsync(cluster())),
        ConsoleCommand.Once("cluster leave", "an orderly leave, of this node unless -a names another", (call, _) => LeaveAsync(call, cluster()))
            with { Options = [s_address], Mutates = true, Example = "cluster leave -a n3" },
        ConsoleCommand.Once("cluster down", "declares a member dead, for ever", (call, _) => DownAsync(call, cluster()))
            with { Options = [s_address with { Required = true }], Mutates = true, Example = "cluster down -a n3" },
        ConsoleCommand.Once("cluster bootstrap", "founds the cluster with this node alone", (call, _) => BootstrapAsync(call, cluster()))
            with { Options = [s_yes], Mutates = true, Example = "cluster bootstrap --yes" },
    ];

    private static ConsoleAnswer Show(ClusterState state) => new(
        text =>
        {
            foreach (Member member in state.Members) text.WriteLine(MemberText.Line(member, state));
            text.WriteLine($"Count: {state.Members.Length} nodes");
        },
        json =>
        {
            json.WriteStartArray();
            foreach (Member member in state.Members) MemberText.Write(json, member, state);
            json.WriteEndArray();
        });

    private static async Task<ConsoleAnswer> StatusAsync(Cluster cluster)
    {
        ClusterState state = cluster.State;
        string waiting = (await cluster.MembershipFacts().ConfigureAwait(false)).WaitsFor;
        return new ConsoleAnswer(
            text =>
            {
                if (state.SelfMember is { } self) text.WriteLine(MemberText.Line(self, state));
                else text.WriteLine($"{cluster.Self.Address} | in no cluster | {waiting}");
                text.WriteLine($"cluster: {state.ClusterId ?? "none"}");
                text.WriteLine($"leader: {state.Leader?.Address.ToString() ?? "none"}");
                text.WriteLine($"members: {state.Members.Length}, unreachable: {state.Unreachable.Length}");
                if (cluster.WhenRemoved.IsCompletedSuccessfully) text.WriteLine($"out of the cluster: {cluster.WhenRemoved.Result.Reason}");
            },
            json =>
            {
                json.WriteStartObject();
                json.WriteString("address", cluster.Self.Address.ToString());
                json.WriteString("uid", MemberText.Uid(cluster.Self));
                json.WriteString("cluster_id", state.ClusterId);
                json.WriteString("status", state.SelfMember is { } self ? MemberText.Word(self.Status) : "none");
                json.WriteString("waiting", waiting);
                json.WriteString("leader", state.Leader?.Address.ToString());
                json.WriteNumber("members", state.Members.Length);
                json.WriteNumber("unreachable", state.Unreachable.Length);
                json.WriteEndObject();
            });
    }

    private static ConsoleAnswer Leader(ClusterState state) => state.Leader is { } leader
        ? ConsoleAnswer.Line(leader.Address.ToString())
        : throw new ConsoleRefusal(ConsoleStatus.Unavailable, "no leader: no core member that is Up can be reached");

    private static async Task<ConsoleAnswer> ExplainAsync(Cluster cluster)
    {
        IReadOnlyList<string> lines = await cluster.ExplainDowning().ConfigureAwait(false);
        return ConsoleAnswer.Lines(lines);
    }

    private static async Task<ConsoleAnswer> DetectorAsync(Cluster cluster) => DetectorText.Of(await cluster.DetectorFacts().ConfigureAwait(false));

    private static async Task<ConsoleAnswer> LeaveAsync(ConsoleCall call, Cluster cluster)
    {
        UniqueAddress who = call.Find(s_address.Name) is { } text ? Known(cluster, text).UniqueAddress : cluster.Self;
        await cluster.Leave(who).ConfigureAwait(false);
        return ConsoleAnswer.Line($"{who.Address} leaves; `cluster tail` shows when it is gone");
    }

    private static async Task<ConsoleAnswer> DownAsync(ConsoleCall call, Cluster cluster)
    {
        Member member = Known(cluster, call.Find(s_address.Name)!);
        await cluster.Down(member.UniqueAddress, "an operator said so").ConfigureAwait(false);
        return ConsoleAnswer.Line($"{member.Address} is down");
    }

    private static async Task<ConsoleAnswer> BootstrapAsync(ConsoleCall call, Cluster cluster)
    {
        if (cluster.State.ClusterId is not null && cluster.State.SelfMember is not null)
            throw new ConsoleRefusal(ConsoleStatus.No, $"this node is in cluster {cluster.State.ClusterId} already");
        if (!call.Has(s_yes.Name))
            throw new ConsoleRefusal(
                ConsoleStatus.BadInput, "this founds a cluster of this node alone; where others live there would be two; say --yes");
        await cluster.ForceFound().ConfigureAwait(false);
        return ConsoleAnswer.Line("founding");
    }

    private static async IAsyncEnumerable<ConsoleAnswer> TailAsync(
        Cluster cluster, [EnumeratorCancellation] CancellationToken cancel)
    {
        var events = Channel.CreateBounded<ClusterEvent>(
            new BoundedChannelOptions(ClusterTail.Capacity) { FullMode = BoundedChannelFullMode.DropOldest });
        ActorSystem system = cluster.System;
        IActorRef listener = system.ActorOf(Props.Create(() => new ClusterTail(events.Writer)));
        system.EventStream.Subscribe(listener, typeof(ClusterEvent));
        // Behind what was told until then: a node that leaves shows that it did.
        using CancellationTokenRegistration end = cancel.UnsafeRegister(
            static listener => ((IActorRef)listener!).Tell(PoisonPill.Instance, null), listener);
        try
        {
            yield return MemberText.Snapshot(cluster.State);
            await foreach (ClusterEvent change in events.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
                yield return MemberText.Event(change);
        }
        finally
        {
            system.Stop(listener);
        }
    }

    private static Member Known(Cluster cluster, string text) => cluster.Find(text)
        ?? throw new ConsoleRefusal(ConsoleStatus.No, $"no member `{text}`; `cluster show` lists them");
}

/// <summary>Passes membership's events on to one console.</summary>
internal sealed class ClusterTail : ReceiveActor
{
    /// <summary>Events that wait for a slow console; the oldest are lost.</summary>
    public const int Capacity = 1024;

    private readonly ChannelWriter<ClusterEvent> _events;

    public ClusterTail(ChannelWriter<ClusterEvent> events)
    {
        _events = events;
        Receive<ClusterEvent>(change => events.TryWrite(change));
    }

    protected override void PostStop() => _events.TryComplete();
}
