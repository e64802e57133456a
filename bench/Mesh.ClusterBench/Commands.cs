using System.Globalization;
using Mesh.Actors;
using Mesh.Actors.Clustering;
using Mesh.Actors.Journals;
using Mesh.Actors.Membership;
using Mesh.Actors.Sharding;

namespace Mesh.ClusterBench;

/// <summary>What a node does for a line: <c>add ENTITY ID</c>, <c>read ENTITY</c>, <c>locate ENTITY</c>, <c>members</c>, <c>journal</c>.</summary>
internal sealed class Commands(Cluster cluster, IActorRef counters)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>One line of answer; <c>refused REASON</c> for everything that did not work.</summary>
    public async Task<string> RunAsync(string line)
    {
        try
        {
            return line.Split(' ') switch
            {
                ["add", var entity, var id] => await AskAsync(entity, new Add(id, 1)),
                ["read", var entity] => await AskAsync(entity, new Read()),
                ["locate", var entity] => await LocateAsync(entity),
                ["members"] => Members(),
                ["journal"] => await JournalAsync(),
                _ => $"refused no such command: {line}",
            };
        }
        catch (Exception fault)
        {
            return $"refused {fault.GetType().Name}: {fault.Message.ReplaceLineEndings(" ")}";
        }
    }

    private async Task<string> AskAsync(string entity, object message) =>
        await counters.Ask<object>(new ShardingEnvelope(entity, message), s_patience) switch
        {
            Ack ack => string.Create(CultureInfo.InvariantCulture, $"ack {ack.SequenceNr} {ack.Epoch}"),
            Value value => string.Create(CultureInfo.InvariantCulture, $"value {value.Total} {value.SequenceNr} {value.Epoch} {value.Commands}"),
            Refused no => $"refused {no.Reason.ReplaceLineEndings(" ")}",
            var other => $"refused an odd answer: {other}",
        };

    private async Task<string> LocateAsync(string entity)
    {
        EntityLocation found = await cluster.Sharding.Locate(CounterEntity.TypeName, entity);
        return string.Create(CultureInfo.InvariantCulture, $"home {found.Shard} {found.Home?.Epoch ?? 0} {found.Home?.Owner?.Address.Port ?? 0}");
    }

    // "members CLUSTER PORT:STATUS:REACHABLE ..", in address order.
    private string Members()
    {
        ClusterState state = cluster.State;
        IEnumerable<string> all = state.Members.Select(member =>
            $"{member.Address.Port}:{member.Status}:{(state.IsReachable(member.UniqueAddress) ? "reachable" : "unreachable")}");
        return $"members {state.ClusterId ?? "-"} {string.Join(' ', all)}";
    }

    private async Task<string> JournalAsync()
    {
        JournalStatus status = await cluster.Journal.Status(default);
        return $"journal {status.IsAvailable} {status.Detail.ReplaceLineEndings(" ")} | {string.Join(' ', status.Facts.Select(fact => $"{fact.Key}={fact.Value}"))}";
    }
}
