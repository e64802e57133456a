using System.Collections.Immutable;
using Mesh.Actors.Journals;
using Xunit;

namespace Mesh.Tests.Actors.Journals;

/// <summary>Events: unique, gapless, atomic, in order, bounded.</summary>
public abstract class AppendContract : JournalContractBase
{
    [JournalFact]
    public async Task Events_AreReadAsTheyWereWritten()
    {
        JournalEvent empty = new(2, "touched.v1", ReadOnlyMemory<byte>.Empty, ulong.MaxValue, default);

        AppendOutcome outcome = await Append(new AtomicWrite("ünï \"quoted\" %' 漢", [Event(1, 7, "Grüße"), empty], null));

        Assert.Equal(AppendStatus.Written, outcome.Status);
        ImmutableArray<JournalEvent> read = await ReadAll("ünï \"quoted\" %' 漢");
        Assert.Equal("1 2", Numbers(read));
        Assert.Equal(("renamed.v1", "Grüße", 7UL), (read[0].Manifest, Text(read[0].Payload), read[0].Writer));
        Assert.Equal(("touched.v1", 0, ulong.MaxValue), (read[1].Manifest, read[1].Payload.Length, read[1].Writer));
        Assert.NotEqual(default, read[0].WrittenAt);
    }

    [JournalFact]
    public async Task AnActorThatNeverWrote_HasNothing()
    {
        Assert.Equal(0, await Store.HighestSequenceNr(Actor, Never));
        Assert.Empty(await ReadAll(Actor));
        Assert.Null(await Store.LoadSnapshot(Actor, long.MaxValue, Never));
    }

    [JournalFact]
    public async Task NamesThatDifferInCaseOnly_AreDifferentActors()
    {
        await Append("a", 1, 2);

        AppendOutcome other = await Append("A", 1);

        Assert.Equal(AppendStatus.Written, other.Status);
        Assert.Equal(2, await Store.HighestSequenceNr("a", Never));
        Assert.Equal(1, await Store.HighestSequenceNr("A", Never));
    }

    [JournalFact]
    public async Task ANumberThatIsTaken_IsAConflict_AndTellsTheHighest()
    {
        await Append(Actor, 1, 3);

        AppendOutcome again = await Append(Actor, 3, writer: 2);
        AppendOutcome straddling = await Append(Actor, 3, 2, writer: 2);

        Assert.Equal(new AppendOutcome(AppendStatus.Conflict, 3), again);
        Assert.Equal(new AppendOutcome(AppendStatus.Conflict, 3), straddling);
        Assert.Equal([1UL, 1UL, 1UL], (await ReadAll(Actor)).Select(each => each.Writer));
    }

    [JournalFact]
    public async Task AGap_IsAConflict()
    {
        Assert.Equal(new AppendOutcome(AppendStatus.Conflict, 0), await Append(Actor, 2));
        await Append(Actor, 1);
        Assert.Equal(new AppendOutcome(AppendStatus.Conflict, 1), await Append(Actor, 3));

        Assert.Equal("1", Numbers(await ReadAll(Actor)));
    }

    [JournalFact]
    public async Task EachWriteOfABatch_StandsOrFallsForItself()
    {
        await Append("b", 1);

        ImmutableArray<AppendOutcome> outcomes = await Store.Append(
            [Write("a", 1, 2), Write("b", 1, 3), Write("a", 3), Write("c", 1, fence: At(1)), new AtomicWrite("d", [], null), Write("e", 1)], Never);

        Assert.Equal(
            [AppendStatus.Written, AppendStatus.Conflict, AppendStatus.Written, AppendStatus.Fenced, AppendStatus.Rejected, AppendStatus.Written],
            outcomes.Select(each => each.Status));
        Assert.Equal("1 2 3", Numbers(await ReadAll("a")));
        Assert.Equal("1", Numbers(await ReadAll("b")));
        Assert.Empty(await ReadAll("c"));
        Assert.Equal("1", Numbers(await ReadAll("e")));
    }

    [JournalFact]
    public async Task ABatchBiggerThanOneCommit_IsWrittenWhole()
    {
        ImmutableArray<AtomicWrite> batch = [.. Enumerable.Range(0, 30).Select(i => Write("a", 1 + (i * 20), 20))];

        ImmutableArray<AppendOutcome> outcomes = await Store.Append(batch, Never);

        Assert.All(outcomes, each => Assert.Equal(AppendStatus.Written, each.Status));
        Assert.Equal(600, (await ReadAll("a")).Length);
    }

    [JournalFact]
    public async Task OfManyWhoWriteTheSameNumber_OneSucceeds()
    {
        AppendOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(1, 8).Select(writer => Append(Actor, 1, 2, writer: (ulong)writer)));

        int winner = 1 + Array.FindIndex(outcomes, each => each.Status == AppendStatus.Written);
        Assert.Equal(7, outcomes.Count(each => each == new AppendOutcome(AppendStatus.Conflict, 2)));
        Assert.Equal([(ulong)winner, (ulong)winner], (await ReadAll(Actor)).Select(each => each.Writer));
    }

    [JournalFact]
    public async Task AWriteWhoseAnswerWasLost_IsFoundByNumberAndWriter()
    {
        await Append(Actor, 1, 2, writer: 77);

        AppendOutcome again = await Append(Actor, 1, 2, writer: 77);

        Assert.Equal(AppendStatus.Conflict, again.Status);
        Assert.All(await Store.Read(Actor, 1, 2, Never), each => Assert.Equal(77UL, each.Writer));
    }

    [JournalFact]
    public async Task WhatIsMalformedOrTooBig_IsRejectedWithAReason_AndNothingIsWritten()
    {
        AtomicWrite[] bad =
        [
            new(Actor, [], null),
            new(Actor, [Event(0)], null),
            new(Actor, [Event(1), Event(3)], null),
            new("", [Event(1)], null),
            new(new string('x', JournalLimits.MaxNameLength + 1), [Event(1)], null),
            new("nul\0nul", [Event(1)], null),
            new("half \ud83d", [Event(1)], null),
            new(Actor, [Event(1) with { Manifest = "" }], null),
            new(Actor, [Event(1) with { Payload = new byte[JournalLimits.MaxPayloadBytes + 1] }], null),
            Write(Actor, 1, JournalLimits.MaxBatchEvents + 1),
            Write(Actor, 1, fence: new Fence(new ShardKey("", "1"), 1)),
            Write(Actor, 1, fence: At(0)),
        ];

        ImmutableArray<AppendOutcome> outcomes = await Store.Append([.. bad], Never);

        Assert.All(outcomes, each => Assert.Equal(AppendStatus.Rejected, each.Status));
        Assert.All(outcomes, each => Assert.NotEmpty(each.Reason!));
        Assert.Equal(0, await Store.HighestSequenceNr(Actor, Never));
    }

    [JournalFact]
    public async Task TheBiggestEvent_IsTaken_AndComesAlone()
    {
        byte[] biggest = new byte[JournalLimits.MaxPayloadBytes];
        biggest[^1] = 9;
        await Append(new AtomicWrite(Actor, [Event(1) with { Payload = biggest }], null));
        await Append(Actor, 2);

        ImmutableArray<JournalEvent> page = await Store.Read(Actor, 1, 10, Never);

        Assert.Equal("1", Numbers(page));
        Assert.Equal(biggest, page[0].Payload.ToArray());
        Assert.Equal("2", Numbers(await Store.Read(Actor, 2, 10, Never)));
    }

    [JournalFact]
    public async Task APage_EndsByCountAndByBytes()
    {
        for (int i = 1; i <= 5; i++) await Append(new AtomicWrite(Actor, [Event(i) with { Payload = new byte[400 << 10] }], null));

        Assert.Equal("1", Numbers(await Store.Read(Actor, 1, 1, Never)));
        Assert.Equal("1 2", Numbers(await Store.Read(Actor, 1, 100, Never)));
        Assert.Equal("4 5", Numbers(await Store.Read(Actor, 4, 100, Never)));
        Assert.Empty(await Store.Read(Actor, 6, 100, Never));
        Assert.Empty(await Store.Read(Actor, 1, 0, Never));
    }

    [JournalFact]
    public async Task ACancelledCall_WritesNothing()
    {
        CancellationToken cancelled = new(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Append(Write(Actor, 1), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.Read(Actor, 1, 1, cancelled));

        Assert.Equal(0, await Store.HighestSequenceNr(Actor, Never));
    }

    [JournalFact]
    public async Task DeletedEvents_AreGone_AndTheHighestStays()
    {
        await Append(Actor, 1, 5);

        Assert.Equal(AppendStatus.Written, (await Store.DeleteEvents(Actor, 3, null, Never)).Status);
        Assert.Equal("4 5", Numbers(await ReadAll(Actor)));
        await Store.DeleteEvents(Actor, 2, null, Never);
        Assert.Equal("4 5", Numbers(await ReadAll(Actor)));
        await Store.DeleteEvents(Actor, long.MaxValue, null, Never);
        Assert.Empty(await ReadAll(Actor));

        Assert.Equal(5, await Store.HighestSequenceNr(Actor, Never));
        Assert.Equal(new AppendOutcome(AppendStatus.Conflict, 5), await Append(Actor, 1));
        Assert.Equal(AppendStatus.Written, (await Append(Actor, 6)).Status);
        Assert.Equal("6", Numbers(await ReadAll(Actor)));
    }

    [JournalFact]
    public async Task DeletingWhatNeverWas_ChangesNothing()
    {
        Assert.Equal(AppendStatus.Written, (await Store.DeleteEvents(Actor, 10, null, Never)).Status);

        Assert.Equal(0, await Store.HighestSequenceNr(Actor, Never));
        Assert.Equal(AppendStatus.Written, (await Append(Actor, 1)).Status);
    }
}
