using Mesh.Actors.Control;
using Mesh.Actors.Sharding.Protocol;

namespace Mesh.Actors.Sharding;

/// <summary>The console's questions: they go to the coordinator, by way of whoever is taken for it.</summary>
internal sealed class ShardingQueries(ShardingNode node, Func<string, ShardType?> find)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(1);

    private readonly SortedDictionary<long, Pending> _pending = [];
    private long _lastId;

    /// <param name="typeName">Which type.</param>
    /// <param name="verb">0 to describe, or a <see cref="RebalanceMode"/>.</param>
    public Task<ShardingInfo> Ask(string typeName, uint verb)
    {
        var answer = new TaskCompletionSource<ShardingInfo>(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Services.Loop.Post(() => Begin(typeName, verb, answer));
        return answer.Task;
    }

    public Task<int> NumberOfShards(string typeName)
    {
        var answer = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Services.Loop.Post(() => answer.SetResult(find(typeName)?.Region.NumberOfShards ?? 1));
        return answer.Task;
    }

    public void OnQuery(UniqueAddress from, QueryFrame query)
    {
        AnswerFrame answer;
        if (find(query.Type)?.Seat?.Describe() is { } info)
        {
            answer = ShardingFrames.ToFrame(query.Id, info);
            if (query.Verb is >= (uint)RebalanceMode.On and <= (uint)RebalanceMode.Now)
            {
                find(query.Type)!.Seat!.Feed(new CoordinatorInput.Rebalance((RebalanceMode)query.Verb));
            }
        }
        else
        {
            UniqueAddress? known = find(query.Type)?.Region.Coordinator;
            answer = new AnswerFrame { Id = query.Id, Coordinator = known is null ? null : ShardingFrames.ToFrame(known) };
        }

        node.Send(from, answer, Remoting.Lane.System);
    }

    public void OnAnswer(UniqueAddress from, AnswerFrame frame)
    {
        if (!_pending.TryGetValue(frame.Id, out Pending? pending)) return;
        if (!frame.IsCoordinator)
        {
            UniqueAddress? other = ShardingFrames.FromFrame(frame.Coordinator);
            if (other is not null && other != from && pending.Redirects++ < ShardingLimits.MaxHops) Send(frame.Id, pending, other);
            return;
        }

        End(frame.Id, pending);
        pending.Answer.TrySetResult(ShardingFrames.FromFrame(pending.TypeName, from, frame));
    }

    public void Stop()
    {
        foreach ((long id, Pending pending) in _pending.ToArray())
        {
            End(id, pending);
            pending.Answer.TrySetCanceled();
        }
    }

    private void Begin(string typeName, uint verb, TaskCompletionSource<ShardingInfo> answer)
    {
        if (find(typeName) is null)
        {
            answer.SetException(new ArgumentException($"no entity type \"{typeName}\" was started on this node", nameof(typeName)));
            return;
        }

        if (_pending.Count >= ShardingLimits.MaxQueries)
        {
            answer.SetException(new InvalidOperationException($"{ShardingLimits.MaxQueries} questions wait already"));
            return;
        }

        long id = ++_lastId;
        var pending = new Pending(typeName, verb, answer, node.Services.Loop.Now + s_patience);
        _pending.Add(id, pending);
        Try(id, pending);
    }

    private void Try(long id, Pending pending)
    {
        if (!_pending.ContainsKey(id)) return;
        if (node.Services.Loop.Now >= pending.Until)
        {
            End(id, pending);
            string why = find(pending.TypeName)?.Region.Trouble(node.Services.Loop.Now) ?? "it may be changing; try again";
            pending.Answer.TrySetException(new TimeoutException($"the coordinator of {pending.TypeName} did not answer: {why}"));
            return;
        }

        pending.Redirects = 0;
        pending.Timer = node.Services.Loop.After(s_again, () => Try(id, pending));
        UniqueAddress? first = find(pending.TypeName) is { } type && type.Seat?.IsHeld == true ? node.Self
            : find(pending.TypeName)?.Region.Coordinator ?? ShardingView.Candidates(node.Membership.State).FirstOrDefault()?.UniqueAddress;
        if (first is not null) Send(id, pending, first);
    }

    private void Send(long id, Pending pending, UniqueAddress to) =>
        node.Send(to, new QueryFrame { Type = pending.TypeName, Id = id, Verb = pending.Verb }, Remoting.Lane.System);

    private void End(long id, Pending pending)
    {
        _pending.Remove(id);
        pending.Timer?.Cancel();
    }

    private sealed class Pending(string typeName, uint verb, TaskCompletionSource<ShardingInfo> answer, TimeSpan until)
    {
        public string TypeName { get; } = typeName;

        public uint Verb { get; } = verb;

        public TaskCompletionSource<ShardingInfo> Answer { get; } = answer;

        public TimeSpan Until { get; } = until;

        public ControlTimer? Timer { get; set; }

        public int Redirects { get; set; }
    }
}
