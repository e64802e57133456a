using System.Collections.Immutable;
using Mesh.Actors.Membership.Protocol;
using Mesh.Actors.Membership.Records;
using Mesh.Actors.Remoting;

namespace Mesh.Actors.Membership.Joining;

/// <summary>Who else looks for a cluster, by address: what each said last, and who is owed an answer.</summary>
/// <remarks>Only on the control loop.</remarks>
internal sealed class Candidates(MembershipCore core, TimeSpan wordLife)
{
    /// <summary>Words kept; further addresses are not heard until others fall silent.</summary>
    public const int MaxWords = 256;

    /// <summary>Processes that are told as soon as this node is in a cluster; others ask again anyway.</summary>
    public const int MaxAskers = 4096;

    private readonly SortedDictionary<string, (CandidateWord Word, TimeSpan At)> _words = new(StringComparer.Ordinal);
    private readonly SortedSet<UniqueAddress> _askers = [];

    public void Hear(CandidateWord word)
    {
        Expire();
        string key = word.Node.Address.ToString();
        if (_words.Count < MaxWords || _words.ContainsKey(key)) _words[key] = (word, core.Loop.Now);
    }

    public ImmutableArray<CandidateWord> Words()
    {
        Expire();
        return [.. _words.Values.Select(each => each.Word)];
    }

    /// <summary>Those that could help to found.</summary>
    public ImmutableArray<ulong> Lately() =>
        [.. Words().Where(word => word.IsCore && !word.IsMember && word.Expect > 0).Select(word => word.Node.Uid).Take(64)];

    public void AddAsker(UniqueAddress asker)
    {
        if (_askers.Count < MaxAskers) _askers.Add(asker);
    }

    public ImmutableArray<UniqueAddress> TakeAskers()
    {
        ImmutableArray<UniqueAddress> askers = [.. _askers];
        _askers.Clear();
        return askers;
    }

    public Candidate Tell(CandidateWord word)
    {
        NodeHello hello = core.Services.Messenger.Hello;
        var candidate = new Candidate
        {
            Node = WireRecords.Write(word.Node), ClusterId = word.ClusterId ?? "", Pledged = word.Pledged, Core = word.IsCore, Seed = word.IsSeed,
            Expect = (uint)word.Expect, ClusterName = hello.ClusterName, ConfigHash = hello.ConfigHash,
        };
        candidate.Sees.AddRange(word.Sees);
        return candidate;
    }

    /// <returns>Null when it is malformed, or another's.</returns>
    public CandidateWord? Read(UniqueAddress from, Candidate? message)
    {
        bool sound = message is not null && message.Node?.Uid == from.Uid
            && message.ClusterId.Length <= WireRecords.MaxTextLength && message.Sees.Count <= 64 && message.Expect < 1024;
        if (sound)
        {
            return new CandidateWord(
                from, message!.ClusterId.Length == 0 ? null : message.ClusterId, message.Pledged, message.Core, message.Seed, (int)message.Expect,
                [.. message.Sees]);
        }

        core.Counters.Malformed++;
        return null;
    }

    private void Expire()
    {
        List<string> old = [.. _words.Where(each => core.Loop.Now - each.Value.At > wordLife).Select(each => each.Key)];
        foreach (string key in old) _words.Remove(key);
    }
}
