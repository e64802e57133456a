using System.Collections.Immutable;
using Mesh.Actors;
using Mesh.Actors.Clustering;
using Mesh.Actors.Membership;
using Mesh.Actors.Tables;

namespace Mesh.Routing.Routes;

/// <summary>How far a version has come.</summary>
/// <param name="Nodes">All members that are to run it, in address order.</param>
public sealed record RouteSpread(ImmutableArray<RouteSpread.Node> Nodes)
{
    /// <summary>Every node that can be reached has it.</summary>
    public bool IsEverywhere => Nodes.All(static node => node.HasIt || !node.IsReachable);

    /// <param name="Name">For people.</param>
    /// <param name="Address">Where it is.</param>
    /// <param name="Version">What it has; null: nothing, or no answer yet.</param>
    /// <param name="HasIt">That version or a later one, whole.</param>
    /// <param name="IsReachable">As this node sees it; those that are not will follow when they are.</param>
    public sealed record Node(string Name, string Address, long? Version, bool HasIt, bool IsReachable);
}

/// <summary>Asks every node which version of a namespace it has, until all have one.</summary>
public sealed class RouteWait(Cluster cluster, TimeProvider time)
{
    /// <summary>Between two rounds.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Questions under way at the same time, of all that a node may have open.</summary>
    public const int MaxQuestions = 1024;

    private static readonly TimeSpan s_answerTime = TimeSpan.FromSeconds(1);

    /// <summary>Done when every reachable member has that version, or a later one, or when time is over.</summary>
    public async Task<RouteSpread> WaitAsync(string name, long version, TimeSpan timeout, CancellationToken cancel)
    {
        long started = time.GetTimestamp();
        var reached = new HashSet<UniqueAddress>();
        var seen = new Dictionary<UniqueAddress, long>();
        while (true)
        {
            ClusterState state = cluster.State;
            ImmutableArray<Member> members = [.. state.Members.Where(static member => member.Status < MemberStatus.Exiting)];
            Member[] open = [.. members.Where(member => !reached.Contains(member.UniqueAddress)).Take(MaxQuestions)];
            foreach ((UniqueAddress node, (long Version, bool HasIt) answer) in await RoundAsync(name, version, open, state).ConfigureAwait(false))
            {
                seen[node] = answer.Version;
                if (answer.HasIt) reached.Add(node);
            }

            var spread = new RouteSpread([.. members.Select(member => new RouteSpread.Node(
                member.Name,
                member.Address.ToString(),
                seen.TryGetValue(member.UniqueAddress, out long has) ? has : null,
                reached.Contains(member.UniqueAddress),
                member.UniqueAddress == state.Self || state.IsReachable(member.UniqueAddress)))]);
            if (spread.IsEverywhere || time.GetElapsedTime(started) >= timeout) return spread;
            await Task.Delay(Pause, time, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>What the nodes answer; those that do not are left out.</summary>
    private async Task<Dictionary<UniqueAddress, (long Version, bool HasIt)>> RoundAsync(
        string name, long version, Member[] members, ClusterState state)
    {
        var answers = new Dictionary<UniqueAddress, (long Version, bool Has)>();
        List<string> keys = [name];
        const int Most = (RouteLimits.MaxPackedBytes / RouteLimits.MaxRowBytes) + (RouteLimits.MaxPackedPoliciesBytes / RouteLimits.MaxRowBytes) + 2;
        keys.AddRange(await cluster.OnLoop(tables => tables.Peek(RouteRows.Table, name + "/", Most)
            .Where(static row => !row.Deleted).Select(static row => row.Key).ToArray()).ConfigureAwait(false));
        foreach (string key in keys)
        {
            // Long documents are there when their last part is: who lacks the header is not asked for parts.
            Member[] asked = key == name ? members : [.. members.Where(member => answers.GetValueOrDefault(member.UniqueAddress).Has)];
            (UniqueAddress Node, Task<RowAnswer?> Answer)[] round = [.. asked.Select(member => (member.UniqueAddress, AskAsync(member, key, state)))];
            foreach ((UniqueAddress node, Task<RowAnswer?> answer) in round)
            {
                if (await answer.ConfigureAwait(false) is not { } said)
                {
                    answers.Remove(node);
                    continue;
                }

                long has = (long)(said.Version?.Sequence ?? 0);
                if (key == name) answers[node] = (has, has >= version);
                else if (has < version) answers[node] = (answers[node].Version, false);
            }
        }

        return answers;
    }

    private Task<RowAnswer?> AskAsync(Member member, string key, ClusterState state)
    {
        var answered = new TaskCompletionSource<RowAnswer?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = cluster.OnLoop(tables =>
        {
            if (member.UniqueAddress == state.Self) answered.TrySetResult(tables.VersionOf(RouteRows.Table, 0, key));
            else if (!tables.AskVersion(member.UniqueAddress, RouteRows.Table, 0, key, s_answerTime, answer => answered.TrySetResult(answer)))
                answered.TrySetResult(null);
            return true;
        });
        return answered.Task;
    }
}
