using Mesh.Actors.Journals;
using Xunit;

namespace Mesh.Tests.Actors.Journals;

/// <summary>Leases: one holder at a time, terms that grow, no takeover before the duration is over.</summary>
public abstract class LeaseContract : FenceContract
{
    [JournalFact]
    public async Task AFreeLease_IsHeldByWhoAsks_AndBusyForOthers()
    {
        Assert.Equal(new LeaseOutcome(true, 1, 10), await Acquire(10, Long));

        Assert.Equal(new LeaseOutcome(false, 1, 10), await Acquire(20, Long));
        Assert.Equal(new LeaseOutcome(true, 1, 20), await Store.AcquireLease("another", 20, Long, Never));
    }

    [JournalFact]
    public async Task Renewing_KeepsTheTerm()
    {
        await Acquire(10, Short);

        Assert.Equal(new LeaseOutcome(true, 1, 10), await Acquire(10, Long));

        await Bed.PassTime(Short);
        Assert.Equal(new LeaseOutcome(false, 1, 10), await Acquire(20, Short));
    }

    [JournalFact]
    public async Task ALeaseThatRanOut_IsTakenOver_AndTheTermGrows()
    {
        await Acquire(10, Short);
        await Bed.PassTime(Short);

        Assert.Equal(new LeaseOutcome(true, 2, 20), await Acquire(20, Long));

        Assert.Equal(new LeaseOutcome(false, 2, 20), await Acquire(10, Long));
    }

    [JournalFact]
    public async Task AHolderWhoIsLate_GoesOn_WhenNobodyTookOver()
    {
        await Acquire(10, Short);
        await Bed.PassTime(Short + Short);

        LeaseOutcome late = await Acquire(10, Long);

        Assert.Equal((true, 10UL), (late.Held, late.Holder));
        Assert.False((await Acquire(20, Long)).Held);
    }

    [JournalFact]
    public async Task ALeaseThatWasGivenBack_IsFreeAtOnce_AndTheTermGrows()
    {
        await Acquire(10, Long);

        await Store.ReleaseLease("singleton", 10, Never);

        Assert.Equal(new LeaseOutcome(true, 2, 20), await Acquire(20, Long));
    }

    [JournalFact]
    public async Task GivingBackWhatAnotherHolds_ChangesNothing()
    {
        await Acquire(10, Long);

        await Store.ReleaseLease("singleton", 20, Never);
        await Store.ReleaseLease("never held", 20, Never);

        Assert.Equal(new LeaseOutcome(false, 1, 10), await Acquire(20, Long));
    }

    [JournalFact]
    public async Task OfManyWhoAskForALease_OneHoldsIt()
    {
        LeaseOutcome[] first = await Task.WhenAll(Enumerable.Range(1, 8).Select(async holder => await Acquire((ulong)holder, Short)));
        await Bed.PassTime(Short);
        LeaseOutcome[] second = await Task.WhenAll(Enumerable.Range(11, 8).Select(async holder => await Acquire((ulong)holder, Long)));

        Assert.Equal((1, 1L), (first.Count(each => each.Held), first.Single(each => each.Held).Term));
        Assert.Equal((1, 2L), (second.Count(each => each.Held), second.Single(each => each.Held).Term));
    }

    [JournalFact]
    public async Task ALeaseOutOfBounds_IsTheCallersBug()
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Acquire(0, Long));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Acquire(10, JournalLimits.MinLease / 2));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Acquire(10, JournalLimits.MaxLease * 2));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.AcquireLease("", 10, Long, Never));
    }

    protected async Task<LeaseOutcome> Acquire(ulong holder, TimeSpan duration) => await Store.AcquireLease("singleton", holder, duration, Never);
}
