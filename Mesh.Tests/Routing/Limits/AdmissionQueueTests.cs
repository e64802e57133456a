using Mesh.Routing.Limits;
using Xunit;

namespace Mesh.Tests.Routing.Limits;

public sealed class AdmissionQueueTests
{
    private const long Ms = 1_000_000;
    private readonly AdmissionQueue _queue = new();

    [Fact]
    public void ServesTheFirstFirst_WhileTheQueueIsABursts()
    {
        AdmissionWaiter first = Join(0, 1000), second = Join(10, 1000);

        Assert.Same(first, _queue.Take(50 * Ms, out _));
        Assert.Same(second, _queue.Take(50 * Ms, out _));
        Assert.Null(_queue.Take(50 * Ms, out _));
    }

    [Fact]
    public void ServesTheNewestFirst_OnceTheQueueStands_AndTellsThoseWhoWaitedTooLong()
    {
        AdmissionWaiter old = Join(0, 1000), middle = Join(60, 1000), newest = Join(110, 1000);

        Assert.Same(newest, _queue.Take(130 * Ms, out AdmissionWaiter? refused));
        Assert.Same(old, refused);
        Assert.Null(refused!.Newer);
        Assert.Same(middle, _queue.Take(131 * Ms, out refused));
        Assert.Null(refused);
    }

    [Fact]
    public void ThoseWhoMayWaitLong_HaveFairTurns_ForAnEighthOfThatTime()
    {
        AdmissionWaiter old = Join(0, 3000);
        Join(200, 3200);

        Assert.Same(old, _queue.Take(374 * Ms, out AdmissionWaiter? refused));
        Assert.Null(refused);
    }

    [Fact]
    public void HoweverLongSomebodyWaited_AFreePlaceIsNotWithheld()
    {
        AdmissionWaiter only = Join(0, 1000);

        Assert.Same(only, _queue.Take(900 * Ms, out AdmissionWaiter? refused));
        Assert.Null(refused);
    }

    [Fact]
    public void AnEmptyQueue_IsTheEndOfTheOverload()
    {
        Join(0, 1000);
        _queue.Take(120 * Ms, out _);

        AdmissionWaiter first = Join(130, 1000);
        Join(140, 1000);

        Assert.False(_queue.IsOverloaded(200 * Ms));
        Assert.Same(first, _queue.Take(200 * Ms, out _));
    }

    [Fact]
    public void SkipsThoseWhoCannotBeServedInTime()
    {
        for (int i = 0; i < 100; i++) _queue.Observe(20 * Ms);
        AdmissionWaiter hurried = Join(0, 30), patient = Join(0, 500);

        Assert.Same(patient, _queue.Take(15 * Ms, out AdmissionWaiter? refused));
        Assert.Same(hurried, refused);
    }

    [Fact]
    public void RefusesAtOnce_WhoseTurnWouldComeTooLate_ByThePresentPace()
    {
        for (int i = 0; i < 100; i++) _queue.Observe(100 * Ms);
        for (int i = 0; i < 10; i++) Join(0, 5000);

        // Ten before it, each 100 ms of one of 5 places: its turn comes in 220 ms.
        Assert.Equal(Admission.TooLate, TryJoin(0, 219, limit: 5));
        Assert.Null(TryJoin(0, 221, limit: 5));
        Assert.Equal(Admission.TooLate, TryJoin(50, 50, limit: 1000));
    }

    [Fact]
    public void BeforeAnythingIsKnownOfThePace_NobodyIsTooLate()
    {
        Join(0, 5000);

        Assert.Null(TryJoin(0, 1, limit: 1));
    }

    [Fact]
    public void IsBounded()
    {
        Assert.Null(_queue.TryJoin(Waiter(0, 100), 0, 1, 1));
        Assert.Equal(Admission.QueueFull, _queue.TryJoin(Waiter(0, 100), 0, 1, 1));
        Assert.Equal(Admission.QueueFull, new AdmissionQueue().TryJoin(Waiter(0, 100), 0, 0, 1));
    }

    [Fact]
    public void SlowRequests_GiveTheQueueMorePatience()
    {
        for (int i = 0; i < 200; i++) _queue.Observe(2000 * Ms);
        AdmissionWaiter first = Join(0, 20_000);
        Join(1, 20_000);

        Assert.Same(first, _queue.Take(1500 * Ms, out _));
    }

    [Fact]
    public void WhoeverLeaves_LeavesFromAnywhere()
    {
        AdmissionWaiter[] waiters = [Join(0, 100), Join(0, 100), Join(0, 100), Join(0, 100)];

        _queue.Remove(waiters[1]);
        _queue.Remove(waiters[3]);
        _queue.Remove(waiters[0]);

        Assert.Equal(1, _queue.Count);
        Assert.Same(waiters[2], _queue.Take(0, out _));
        Assert.Equal(0, _queue.Count);
        AdmissionWaiter next = Join(0, 100);
        Assert.Same(next, _queue.Take(0, out _));
    }

    private static AdmissionWaiter Waiter(long sinceMs, long latestMs) => new(null!, null!, latestMs * Ms, sinceMs * Ms);

    private AdmissionWaiter Join(long sinceMs, long latestMs)
    {
        AdmissionWaiter waiter = Waiter(sinceMs, latestMs);
        Assert.Null(_queue.TryJoin(waiter, sinceMs * Ms, 1000, 1000));
        return waiter;
    }

    private Admission? TryJoin(long sinceMs, long latestMs, int limit) => _queue.TryJoin(Waiter(sinceMs, latestMs), sinceMs * Ms, 1000, limit);
}
