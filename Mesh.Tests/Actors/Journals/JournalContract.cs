using System.Collections.Immutable;
using Mesh.Actors.Journals;
using Xunit;

namespace Mesh.Tests.Actors.Journals;

/// <summary>
/// What every journal promises, whatever it is made of: derive, open an empty one, and all claims of the parts above run. Here those about
/// the whole: restart, many at once, status.
/// </summary>
public abstract class JournalContract : LeaseContract
{
    [JournalFact]
    public async Task ARestart_KeepsEverything()
    {
        if (!Bed.SurvivesRestart) return;
        await Store.Claim(At(3), 10, Never);
        await Append(Actor, 1, 6, At(3), writer: 42);
        await Store.DeleteEvents(Actor, 2, At(3), Never);
        await Store.SaveSnapshot(SnapshotAt(4, "four"), At(3), Never);
        await Store.Remember(At(3), ["a", "b"], [], Never);
        await Acquire(10, Long);

        await Bed.Restart();

        ImmutableArray<JournalEvent> events = await ReadAll(Actor);
        Assert.Equal("3 4 5 6", Numbers(events));
        Assert.All(events, each => Assert.Equal((42UL, $"event {each.SequenceNr}"), (each.Writer, Text(each.Payload))));
        Assert.Equal("four", Text((await Store.LoadSnapshot(Actor, 6, Never))!.Payload));
        Assert.Equal<string>(["a", "b"], await Store.Remembered(Shard, Never));
        Assert.Equal(new ClaimOutcome(false, 3, 10), await Store.Claim(At(2), 20, Never));
        Assert.Equal(new AppendOutcome(AppendStatus.Fenced, 3), await Append(Actor, 7, fence: At(2)));
        Assert.Equal(new AppendOutcome(AppendStatus.Conflict, 6), await Append(Actor, 6, fence: At(3)));
        Assert.Equal(AppendStatus.Written, (await Append(Actor, 7, fence: At(3))).Status);
        Assert.Equal(new LeaseOutcome(false, 1, 10), await Acquire(20, Long));
        Assert.Equal(new LeaseOutcome(true, 1, 10), await Acquire(10, Long));
    }

    [JournalFact]
    public async Task AfterARestart_ALeaseOfAnother_IsWaitedFor()
    {
        if (!Bed.SurvivesRestart) return;
        await Acquire(10, Short);

        await Bed.Restart();
        await Bed.PassTime(Short);

        Assert.Equal(new LeaseOutcome(true, 2, 20), await Acquire(20, Long));
    }

    [JournalFact]
    public async Task WritersThatRaceForActorsAndShards_LeaveAJournalWithoutGapsDuplicatesOrLosses()
    {
        JournalHammer hammer = new(() => Store, seed: 20261121);

        await hammer.Run(writers: 8, rounds: 40);

        await hammer.Check();
    }

    [JournalFact]
    public async Task Status_TellsWhatIsStored()
    {
        await Append(Actor, 1, 3);
        await Append("another", 1, 2);

        JournalStatus status = await Store.Status(Never);

        Assert.True(status.IsAvailable);
        Assert.Equal(Store.Kind, status.Kind);
        Assert.NotEmpty(status.Detail);
        Assert.Contains(new KeyValuePair<string, string>("events", "5"), status.Facts);
    }
}
