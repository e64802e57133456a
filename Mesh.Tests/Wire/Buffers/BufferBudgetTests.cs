using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Buffers;
using Xunit;

namespace Mesh.Tests.Wire.Buffers;

/// <summary>What all connections of a node may hold together, counted by each loop for itself.</summary>
public sealed class BufferBudgetTests : IDisposable
{
    private const int Limit = 25_600;

    private readonly ManualLoop _one = new();
    private readonly ManualLoop _other = new();
    private readonly BufferBudget _budget;

    public BufferBudgetTests() => _budget = new BufferBudget([_one, _other], Limit);

    public void Dispose()
    {
        _one.Dispose();
        _other.Dispose();
    }

    [Fact]
    public void WithoutABudget_NothingIsEverShort()
    {
        BufferShare share = new();

        share.Add(long.MaxValue / 2);

        Assert.False(share.IsShort || share.IsFull || share.TryRefuse());
    }

    [Theory]
    [InlineData(0.70, false, false)]
    [InlineData(0.76, true, false)]
    [InlineData(1.01, true, true)]
    public void LoopsTogether_PassTheMarks(double share, bool isShort, bool isFull)
    {
        _one.Buffers.Add((long)(Limit * share / 2));
        _other.Buffers.Add((long)(Limit * share / 2) + 1);

        Assert.Equal((isShort, isFull), (_budget.IsShort, _budget.IsFull));
        Assert.Equal((isShort, isFull), (_one.Buffers.IsShort, _other.Buffers.IsFull));
        Assert.Equal(isShort ? 1 : 0, _budget.Shortages);
    }

    [Fact]
    public void Marks_ArePassedLowerOnTheWayBack()
    {
        _one.Buffers.Add(Limit);
        _one.Buffers.Add(-Limit / 10);
        Assert.True(_budget.IsFull);
        _one.Buffers.Add(-Limit / 10);
        Assert.Equal((false, true), (_budget.IsFull, _budget.IsShort));
        _one.Buffers.Add(-Limit / 10);
        Assert.True(_budget.IsShort);
        _one.Buffers.Add(-Limit / 10);
        Assert.False(_budget.IsShort);
    }

    [Fact]
    public void WhatIsLessThanAStep_IsNotTold_ButCounted()
    {
        for (int i = 0; i < 99; i++) _one.Buffers.Add(1);

        Assert.Equal(99, _budget.Held);
    }

    [Fact]
    public void Refusals_AreCounted_WhileItIsFull()
    {
        _one.Buffers.Add(Limit);

        Assert.True(_other.Buffers.TryRefuse());
        Assert.True(_one.Buffers.TryRefuse());
        _one.Buffers.Add(-Limit);

        Assert.False(_one.Buffers.TryRefuse());
        Assert.Equal(2, _budget.RefusedRequests);
    }

    [Fact]
    public void WhoWaits_IsToldOnItsOwnLoop_WhenTheShortageEnds()
    {
        Waiter waiter = new();
        _other.Buffers.Await(waiter);
        _one.Buffers.Add(Limit);

        _one.Buffers.Add(-Limit);
        Assert.Equal(0, waiter.Told);
        _other.Settle();

        Assert.Equal(1, waiter.Told);
    }

    [Fact]
    public void ManyLoopsAtOnce_LeaveItAsItIs()
    {
        const int Rounds = 20_000;
        ManualLoop[] loops = [.. Enumerable.Range(0, 4).Select(static _ => new ManualLoop())];
        BufferBudget budget = new(loops, 1200);

        Parallel.ForEach(loops, loop =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                loop.Buffers.Add(900 + (i % 300));
                loop.Buffers.Add(-900 - (i % 300));
            }
        });

        Assert.Equal((0L, false, false), (budget.Held, budget.IsShort, budget.IsFull));
        Assert.True(budget.Shortages > 0);
        foreach (ManualLoop loop in loops) loop.Dispose();
    }

    private sealed class Waiter : IShortageWaiter
    {
        public int Told { get; private set; }

        public void OnShortageEnded() => Told++;
    }
}
