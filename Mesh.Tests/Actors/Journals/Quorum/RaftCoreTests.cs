using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Journals.Quorum.Raft;
using Xunit;

namespace Mesh.Tests.Actors.Journals.Quorum;

/// <summary>The famous cases, one by one.</summary>
public sealed class RaftCoreTests
{
    [Fact]
    public void EntriesOfAnOlderTerm_AreNotCommittedByCounting_Figure8()
    {
        CoreGroup group = new(5);
        group.Elect(1, message => message.Kind == RaftKind.Append ? Among(message, 1, 2) : Among(message, 1, 2, 3));
        long old = group.Propose(1);
        group.Pump(message => Among(message, 1, 2));
        group.Elect(5, message => Among(message, 3, 4, 5) is { Kind: not RaftKind.Append } vote ? vote : null);
        Assert.Equal(RaftRole.Leader, group[5].Role);
        Assert.True(group[5].Log.LastTerm > group[1].Term);

        group.Restart(1);
        group.Restart(5);
        group.Elect(1, message => Among(message, 1, 2, 3, 4) is { Kind: not RaftKind.Append } vote ? vote : null);
        Assert.Equal(RaftRole.Leader, group[1].Role);
        Beat(group, 1, message => Only(Among(message, 1, 2, 3), upTo: old));

        Assert.Equal(group[1].Log.TermAt(old), group[3].Log.TermAt(old));
        Assert.True(group[1].Commit < old, "an entry of an older term on a majority was taken for committed");
    }

    [Fact]
    public void AnEntryOfTheOwnTerm_CommitsWhatIsBeforeIt()
    {
        CoreGroup group = new(3);
        group.Elect(1, message => message.Kind == RaftKind.Append ? null : message);
        long index = group.Propose(1);

        Beat(group, 1);

        Assert.Equal(index, group[1].Commit);
    }

    [Fact]
    public void AMemberThatWasCutOff_DoesNotRaiseTheTermAndDisturbsNobody()
    {
        CoreGroup group = new(3);
        group.Elect(1);
        long term = group[1].Term;
        for (int i = 0; i < 40; i++)
        {
            group[3].Tick(group.Now);
            Beat(group, 1, message => Among(message, 1, 2));
        }

        group[3].Tick(group.Now + TimeSpan.FromSeconds(9));
        group.Pump();

        Assert.Equal(RaftRole.Leader, group[1].Role);
        Assert.Equal(term, group[1].Term);
        Assert.Contains("raft: a living leader was protected from an election", group.Reached);
    }

    [Fact]
    public void ALeaderThatHearsNobody_StepsDown_ThoughTheOthersHearIt()
    {
        CoreGroup group = new(3);
        group.Elect(1);

        for (int i = 0; i < 20; i++) Beat(group, 1, message => message.To == 1 ? null : message);

        Assert.NotEqual(RaftRole.Leader, group[1].Role);
    }

    /// <summary>A beat under way for a store that lost its tail meanwhile speaks of entries that are not there any more, or are others.</summary>
    [Fact]
    public void ABeatForAnEarlierBoot_CommitsNothing()
    {
        CoreGroup group = new(3);
        group.Elect(1);
        RaftMessage beat = new()
        {
            Kind = RaftKind.Heartbeat, GroupId = 7, From = 1, To = 2, Term = group[1].Term, Boot = 1, Commit = 2, Index = 2, PeerBoot = 1,
        };
        RaftCore other = group.Open(2, new RaftHardState(1, 0, 1, 2, 7), [new RaftEntry { Index = 2, Term = 1 }]);

        other.Step(beat, group.Now);
        long early = other.Commit;
        other.Step(new RaftMessage(beat) { PeerBoot = 2 }, group.Now);

        Assert.Equal((1, 2), (early, other.Commit));
    }

    /// <summary>The one that has just died has as much of the log as those that live.</summary>
    [Fact]
    public void TheLead_IsHandedToAVoterThatLives()
    {
        CoreGroup group = new(3);
        group.Elect(1);
        Assert.Equal(group[1].Log.LastIndex, group[1].Progress[2].Match);

        Beat(group, 1, message => Among(message, 1, 3));
        ulong early = group[1].Heir(group.Now);
        for (int i = 0; i < 8; i++) Beat(group, 1, message => Among(message, 1, 3));

        Assert.Equal((3UL, 3UL), (early, group[1].Heir(group.Now)));
        group.Pass(9);
        Assert.Equal(0UL, group[1].Heir(group.Now));
    }

    [Fact]
    public void TheGroup_ChangesOnlyAfterAnEntryOfTheTermIsCommitted_AndOneChangeAfterTheOther()
    {
        CoreGroup group = new(3);
        group.Elect(1, message => message.Kind == RaftKind.Append ? null : message);
        RaftGroup next = group[1].Group.With(9, "n9", voter: true);

        ProposeStatus early = group[1].ChangeGroup(next, group.Now);
        Beat(group, 1);
        ProposeStatus first = group[1].ChangeGroup(next, group.Now);
        ProposeStatus second = group[1].ChangeGroup(next.Without(2), group.Now);

        Assert.Equal((ProposeStatus.NotYet, ProposeStatus.Accepted, ProposeStatus.NotYet), (early, first, second));
        Assert.Throws<ArgumentException>(() =>
        {
            Beat(group, 1);
            group[1].ChangeGroup(group[1].Group.Without(2).Without(3), group.Now);
        });
    }

    [Fact]
    public void AMemberThatLostItsTail_GivesNoVote_UntilALeaderMadeItWhole()
    {
        CoreGroup group = new(3);
        group.Elect(1, message => Among(message, 1, 2));
        group.Propose(1);
        group.Pump(message => Among(message, 1, 2));
        RaftCore two = group[2];
        group.Open(2, new RaftHardState(two.Term, two.Vote, 1, two.Boot + 1, 7, IsImpaired: true), []);

        group.Elect(3, message => Among(message, 2, 3));
        Assert.NotEqual(RaftRole.Leader, group[3].Role);
        group.Elect(2, message => Among(message, 2, 3));
        Assert.NotEqual(RaftRole.Leader, group[2].Role);

        group.Elect(1);
        Beat(group, 1);
        Assert.False(group[2].IsImpaired);
        Assert.Equal(group[1].Log.LastIndex, group[2].Log.LastIndex);
    }

    [Fact]
    public void AnOldAppendThatArrivesLate_TakesNothingBack()
    {
        CoreGroup group = new(3);
        group.Elect(1);
        group.Propose(1);
        group.Pump();
        RaftMessage late = group.Seen.Last(message => message.Kind == RaftKind.Append && message.To == 2 && message.Entries.Count > 0);
        group.Propose(1);
        group.Pump();
        long last = group[2].Log.LastIndex;

        group[2].Step(late, group.Now);

        Assert.Equal(last, group[2].Log.LastIndex);
    }

    [Fact]
    public void AppendsAfterASnapshot_GoOnFromIt_AndOlderOnesDoNothing()
    {
        CoreGroup group = new(3);
        group.Elect(1);
        RaftMessage late = group.Seen.Last(message => message.Kind == RaftKind.Append && message.To == 3);
        for (int i = 0; i < 10; i++) group.Propose(1);
        group.Pump(message => Among(message, 1, 2));
        var snapshot = new RaftBase(group[1].Commit, group[1].Term, group[1].Group);
        group[3].IsInstalling = true;
        group[3].Step(late, group.Now);

        group[3].Installed(snapshot, group.Now);
        group[3].Step(late, group.Now);
        group.Propose(1);
        Beat(group, 1);

        Assert.Equal(snapshot.Index, group[3].Log.Base.Index);
        Assert.Equal(group[1].Log.LastIndex, group[3].Log.LastIndex);
        Assert.Equal(group[1].Log.LastIndex, group[3].AppliedIndex);
    }

    [Fact]
    public void ALongDivergedTail_IsFoundInAFewExchanges()
    {
        CoreGroup group = new(3);
        group.Elect(1);
        for (int i = 0; i < 200; i++) group.Propose(1);
        group.Elect(2, message => Among(message, 2, 3));
        Assert.Equal(RaftRole.Leader, group[2].Role);
        group.Seen.Clear();

        Beat(group, 2);
        Beat(group, 2);

        Assert.Equal(group[2].Log.LastIndex, group[1].Log.LastIndex);
        Assert.True(group.Seen.Count(message => message.Reject) <= 3, "the logs were compared entry by entry");
    }

    [Fact]
    public void AVote_LeavesOnlyWhenItIsOnTheDisk()
    {
        CoreGroup group = new(3);
        var ask = new RaftMessage { Kind = RaftKind.Vote, GroupId = 7, From = 1, To = 2, Term = 5, Boot = 1, Index = 1, IndexTerm = 1 };
        group[2].Step(ask, group.Now);

        RaftReady before = group[2].TakeReady();
        group[2].Written(before.Write!, group.Now);
        RaftReady after = group[2].TakeReady();

        Assert.Empty(before.Messages);
        Assert.Equal((5L, 1UL), (before.Write!.Hard.Term, before.Write.Hard.Vote));
        Assert.False(Assert.Single(after.Messages).Reject);
    }

    [Fact]
    public void AFollowerThatDoesNotAnswer_GetsNoMoreThanTheWindow()
    {
        CoreGroup group = new(3);
        group.Elect(1);
        group.Seen.Clear();

        for (int i = 0; i < 500; i++)
        {
            group.Propose(1);
            group.Pump(message => message.To == 3 || message.From == 3 ? null : message);
        }

        int sent = group.Seen.Count(message => message.Kind == RaftKind.Append && message.To == 3);
        Assert.InRange(sent, 1, CoreGroup.Limits.MaxAppendsInFlight);
        Assert.Equal(group[1].Log.LastIndex, group[1].Commit);
    }

    [Fact]
    public void ALeader_HandsOverToWhoIsUpToDate_WithoutWaitingForATimeout()
    {
        CoreGroup group = new(3);
        group.Elect(1);

        group[1].Transfer(2, group.Now);
        group.Pump();

        Assert.Equal(RaftRole.Leader, group[2].Role);
        Assert.Equal(2UL, group[1].Leader);
    }

    [Fact]
    public void ADeposedLeader_AnswersNoRead()
    {
        CoreGroup group = new(3);
        group.Elect(1);
        group[1].RequestRead(1, group.Now);
        Assert.NotEmpty(DrainReads(group, 1, cut: false));
        group[1].RequestRead(2, group.Now);

        Assert.Empty(DrainReads(group, 1, cut: true));
    }

    private static List<(long Token, long Index)> DrainReads(CoreGroup group, ulong id, bool cut)
    {
        var reads = new List<(long Token, long Index)>();
        for (int i = 0; i < 4; i++)
        {
            RaftReady ready = group[id].TakeReady();
            reads.AddRange(ready.Reads);
            foreach (RaftMessage message in ready.Messages)
                if (!cut)
                    group[message.To].Step(message, group.Now);
            foreach (ulong other in new ulong[] { 2, 3 })
                foreach (RaftMessage message in group[other].TakeReady().Messages)
                    if (!cut)
                        group[id].Step(message, group.Now);
        }

        return reads;
    }

    private static void Beat(CoreGroup group, ulong leader, Func<RaftMessage, RaftMessage?>? filter = null)
    {
        group.Pass(0.4);
        group[leader].Tick(group.Now);
        group.Pump(filter);
    }

    private static RaftMessage? Among(RaftMessage message, params ulong[] ids) =>
        ids.Contains(message.From) && ids.Contains(message.To) ? message : null;

    /// <summary>The message as if it had left before later entries were there.</summary>
    private static RaftMessage? Only(RaftMessage? message, long upTo)
    {
        if (message is null || message.Entries.Count == 0) return message;
        RaftMessage cut = message.Clone();
        cut.Entries.Clear();
        cut.Entries.AddRange(message.Entries.Where(entry => entry.Index <= upTo));
        return cut;
    }
}
