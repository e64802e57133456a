using System.Collections.Immutable;
using Mesh.Actors.Journals;
using Xunit;

namespace Mesh.Tests.Actors.Journals;

/// <summary>Claims fence former owners out; snapshots and remembered entities stand under the same fence.</summary>
public abstract class FenceContract : AppendContract
{
    [JournalFact]
    public async Task AFenceThatWasNeverClaimed_WritesNothing()
    {
        Assert.Equal(new AppendOutcome(AppendStatus.Fenced), await Append(Actor, 1, fence: At(1)));

        Assert.Equal(0, await Store.HighestSequenceNr(Actor, Never));
    }

    [JournalFact]
    public async Task AHigherClaim_FencesTheFormerOwnerOut()
    {
        Assert.Equal(new ClaimOutcome(true, 1, 10), await Store.Claim(At(1), 10, Never));
        Assert.Equal(AppendStatus.Written, (await Append(Actor, 1, fence: At(1))).Status);

        Assert.Equal(new ClaimOutcome(true, 5, 20), await Store.Claim(At(5), 20, Never));

        Assert.Equal(new AppendOutcome(AppendStatus.Fenced, 5), await Append(Actor, 2, fence: At(1)));
        Assert.Equal(new AppendOutcome(AppendStatus.Fenced, 5), await Append(Actor, 2, fence: At(6)));
        Assert.Equal(AppendStatus.Written, (await Append(Actor, 2, fence: At(5))).Status);
    }

    [JournalFact]
    public async Task AClaim_IsIdempotentForItsOwner_AndNeverGoesBack()
    {
        await Store.Claim(At(3), 10, Never);

        Assert.Equal(new ClaimOutcome(true, 3, 10), await Store.Claim(At(3), 10, Never));
        Assert.Equal(new ClaimOutcome(false, 3, 10), await Store.Claim(At(3), 20, Never));
        Assert.Equal(new ClaimOutcome(false, 3, 10), await Store.Claim(At(2), 20, Never));
        Assert.Equal(new ClaimOutcome(false, 3, 10), await Store.Claim(At(2), 10, Never));
        Assert.Equal(AppendStatus.Written, (await Append(Actor, 1, fence: At(3))).Status);
    }

    [JournalFact]
    public async Task OfManyWhoClaimAnEpoch_OneIsGranted()
    {
        ClaimOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(1, 8).Select(async owner => await Store.Claim(At(4), (ulong)owner, Never)));

        ClaimOutcome granted = Assert.Single(outcomes, each => each.Granted);
        Assert.All(outcomes, each => Assert.Equal((granted.Epoch, granted.Owner), (each.Epoch, each.Owner)));
    }

    [JournalFact]
    public async Task Shards_AreClaimedEachForItself()
    {
        await Store.Claim(new Fence(new ShardKey("users", "1"), 9), 10, Never);

        ClaimOutcome otherShard = await Store.Claim(new Fence(new ShardKey("users", "2"), 1), 20, Never);
        ClaimOutcome otherType = await Store.Claim(new Fence(new ShardKey("Users", "1"), 1), 20, Never);

        Assert.True(otherShard.Granted);
        Assert.True(otherType.Granted);
    }

    [JournalFact]
    public async Task WhatAFormerOwnerDoes_IsFenced_WhateverItIs()
    {
        await Store.Claim(At(1), 10, Never);
        await Append(Actor, 1, 3, At(1));
        await Store.SaveSnapshot(SnapshotAt(1), At(1), Never);
        await Store.Remember(At(1), ["kept"], [], Never);
        await Store.Claim(At(2), 20, Never);
        AppendOutcome fenced = new(AppendStatus.Fenced, 2);

        Assert.Equal(fenced, await Store.DeleteEvents(Actor, 3, At(1), Never));
        Assert.Equal(fenced, await Store.SaveSnapshot(SnapshotAt(3), At(1), Never));
        Assert.Equal(fenced, await Store.Remember(At(1), ["new"], ["kept"], Never));

        Assert.Equal("1 2 3", Numbers(await ReadAll(Actor)));
        Assert.Equal(1, (await Store.LoadSnapshot(Actor, long.MaxValue, Never))!.SequenceNr);
        Assert.Equal<string>(["kept"], await Store.Remembered(Shard, Never));
    }

    [JournalFact]
    public async Task AfterAClaim_NoWriteUnderAnOlderEpochAppears()
    {
        await Store.Claim(At(1), 10, Never);
        Task<AppendOutcome>[] underWay = [.. Enumerable.Range(0, 40).Select(i => Append($"actor {i}", 1, 5, At(1)))];
        await underWay[0];

        Assert.True((await Store.Claim(At(2), 20, Never)).Granted);
        bool[] seen = [.. await Task.WhenAll(Enumerable.Range(0, 40).Select(async i => await Store.HighestSequenceNr($"actor {i}", Never) == 5))];

        AppendOutcome[] outcomes = await Task.WhenAll(underWay);
        Assert.Equal(seen, outcomes.Select(each => each.Status == AppendStatus.Written));
        for (int i = 0; i < seen.Length; i++) Assert.Equal(seen[i] ? 5 : 0, await Store.HighestSequenceNr($"actor {i}", Never));
    }

    [JournalFact]
    public async Task TheNewestSnapshotAtOrBelow_IsLoaded()
    {
        await Append(Actor, 1, 20);
        await Store.SaveSnapshot(SnapshotAt(10, "ten"), null, Never);
        await Store.SaveSnapshot(SnapshotAt(20, "twenty"), null, Never);

        Assert.Null(await Store.LoadSnapshot(Actor, 9, Never));
        Assert.Equal("ten", Text((await Store.LoadSnapshot(Actor, 19, Never))!.Payload));
        Snapshot newest = (await Store.LoadSnapshot(Actor, long.MaxValue, Never))!;
        Assert.Equal((20, "twenty", "user.v1", Actor), (newest.SequenceNr, Text(newest.Payload), newest.Manifest, newest.PersistenceId));
    }

    [JournalFact]
    public async Task TheTwoNewestSnapshots_Stay()
    {
        await Append(Actor, 1, 20);
        foreach (long number in new long[] { 5, 10, 15, 20, 3 })
            Assert.Equal(AppendStatus.Written, (await Store.SaveSnapshot(SnapshotAt(number), null, Never)).Status);

        Assert.Null(await Store.LoadSnapshot(Actor, 14, Never));
        Assert.Equal(15, (await Store.LoadSnapshot(Actor, 19, Never))!.SequenceNr);
        Assert.Equal(20, (await Store.LoadSnapshot(Actor, 20, Never))!.SequenceNr);
    }

    [JournalFact]
    public async Task ASnapshotOfTheSameNumber_ReplacesTheFormer()
    {
        await Append(Actor, 1, 2);
        await Store.SaveSnapshot(SnapshotAt(2, "old"), null, Never);
        await Store.SaveSnapshot(SnapshotAt(2, "new"), null, Never);

        Assert.Equal("new", Text((await Store.LoadSnapshot(Actor, 2, Never))!.Payload));
    }

    [JournalFact]
    public async Task ASnapshotBeyondTheHighestEvent_IsAConflict()
    {
        await Append(Actor, 1, 2);

        Assert.Equal(new AppendOutcome(AppendStatus.Conflict, 2), await Store.SaveSnapshot(SnapshotAt(3), null, Never));

        Assert.Null(await Store.LoadSnapshot(Actor, long.MaxValue, Never));
    }

    [JournalFact]
    public async Task ASnapshotThatIsTooBig_IsRejected()
    {
        await Append(Actor, 1);

        AppendOutcome outcome = await Store.SaveSnapshot(SnapshotAt(1) with { Payload = new byte[JournalLimits.MaxPayloadBytes + 1] }, null, Never);

        Assert.Equal(AppendStatus.Rejected, outcome.Status);
        Assert.NotEmpty(outcome.Reason!);
    }

    [JournalFact]
    public async Task RememberedEntities_AreThoseStartedAndNotStopped_InOrdinalOrder()
    {
        await Store.Claim(At(1), 10, Never);

        await Store.Remember(At(1), ["b", "a", "Z"], [], Never);
        await Store.Remember(At(1), ["c", "a"], ["b", "never"], Never);

        Assert.Equal<string>(["Z", "a", "c"], await Store.Remembered(Shard, Never));
        Assert.Empty(await Store.Remembered(new ShardKey("users", "13"), Never));
    }

    [JournalFact]
    public async Task RememberedChanges_AreBounded()
    {
        await Store.Claim(At(1), 10, Never);
        ImmutableArray<string> many = [.. Enumerable.Range(0, JournalLimits.MaxRememberedChanges + 1).Select(i => $"e{i}")];

        Assert.Equal(AppendStatus.Rejected, (await Store.Remember(At(1), many, [], Never)).Status);
        Assert.Equal(AppendStatus.Written, (await Store.Remember(At(1), many[1..], [], Never)).Status);

        Assert.Equal(JournalLimits.MaxRememberedChanges, (await Store.Remembered(Shard, Never)).Length);
    }
}
