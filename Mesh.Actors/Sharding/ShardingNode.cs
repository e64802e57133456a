using Google.Protobuf;
using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Journals;
using Mesh.Actors.Membership;
using Mesh.Actors.Remoting;

namespace Mesh.Actors.Sharding;

/// <summary>What all entity types of a node share.</summary>
internal sealed class ShardingNode
{
    private const int LostKept = 64;

    private readonly List<(UniqueAddress Node, TimeSpan At)> _lost = [];

    public required ActorSystem System { get; init; }

    public required NodeServices Services { get; init; }

    public required ShardingSettings Settings { get; init; }

    public required IMembership Membership { get; init; }

    public required IJournalStore Journal { get; init; }

    public required IMessageSerializer Serializer { get; init; }

    /// <summary>Takes what this node says to itself.</summary>
    public required Action<UniqueAddress, IMessage> Local { get; init; }

    public UniqueAddress Self => Services.Messenger.Self;

    private ControlLoop Loop => Services.Loop;

    /// <summary>To a node, itself included. False: it will surely not arrive.</summary>
    public bool Send(UniqueAddress to, IMessage message, Lane lane = Lane.Control)
    {
        if (to != Self) return Services.Messenger.Send(to, message, lane);
        Loop.Post(() => Local(to, message));
        return true;
    }

    /// <summary>Asks a store; what comes of it comes on the loop.</summary>
    /// <param name="question">The call.</param>
    /// <param name="answered">Its result.</param>
    /// <param name="failed">It threw; the reason is logged.</param>
    public void Ask<T>(Func<CancellationToken, ValueTask<T>> question, Action<T> answered, Action failed) => _ = Await(question, answered, failed);

    public void Note(ClusterEvent change)
    {
        if (change is not ClusterEvent.MemberRemoved { Member.IsCore: true, PreviousStatus: not MemberStatus.Exiting } removed) return;
        if (_lost.Count >= LostKept) _lost.RemoveAt(0);
        _lost.Add((removed.Member.UniqueAddress, Loop.Now));
    }

    /// <summary>Nodes whose entities a new coordinator cannot be sure of.</summary>
    public IEnumerable<UniqueAddress> RecentlyLost(TimeSpan now) =>
        _lost.Where(each => now - each.At < Settings.Grant + Settings.KillGrace + Settings.Margin).Select(each => each.Node);

    private async Task Await<T>(Func<CancellationToken, ValueTask<T>> question, Action<T> answered, Action failed)
    {
        try
        {
            T result = await question(CancellationToken.None).ConfigureAwait(false);
            Loop.Post(() => answered(result));
        }
        catch (Exception e)
        {
            // A store's edge: whatever it throws means that it could not.
            Services.Log(new LogEvent(LogLevel.Warning, "sharding", $"the journal failed: {e.Message}", e));
            Loop.Post(failed);
        }
    }
}
