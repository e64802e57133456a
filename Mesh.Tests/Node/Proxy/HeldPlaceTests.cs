using Mesh.Node.Proxy;
using Mesh.Routing.Accrual;
using Mesh.Routing.Limits;
using Xunit;

namespace Mesh.Tests.Node.Proxy;

public sealed class HeldPlaceTests
{
    private readonly ConcurrencyLimit _limit = new(new ConcurrencyConfig { MaxRequests = 1, MaxQueued = 0 }, 0);

    [Fact]
    public void ItIsTakenOnce_AndGivenBackOnce()
    {
        HeldPlace place = default, other = default;

        Assert.True(place.TryEnter(_limit) && place.TryEnter(_limit) && place.IsHeld);
        Assert.False(other.TryEnter(_limit) || other.IsHeld);
        Assert.Equal(1, _limit.InFlight);
        place.GiveBack(0, 0, Outcome.Ignored);
        place.GiveBack(0, 0, Outcome.Ignored);

        Assert.False(place.IsHeld);
        Assert.Equal(0, _limit.InFlight);
        Assert.True(other.TryEnter(_limit));
    }

    [Fact]
    public void WithoutALimit_ItIsHeldToo()
    {
        HeldPlace place = default;

        Assert.True(place.TryEnter(null) && place.IsHeld);
        Assert.Equal(0, place.BaseLatencyNs);
        place.GiveBack(0, 0, Outcome.Success);

        Assert.False(place.IsHeld);
    }

    [Fact]
    public void ItGoesBackToTheLimitThatItIsOf_WhateverAReloadHasBrought()
    {
        ConcurrencyLimit next = new(new ConcurrencyConfig { MaxRequests = 1, MaxQueued = 0 }, 0);
        HeldPlace place = default;
        Assert.True(place.TryEnter(_limit));

        Assert.True(place.TryEnter(next));
        place.GiveBack(0, 0, Outcome.Success);

        Assert.Equal((0, 0), (_limit.InFlight, next.InFlight));
    }
}
