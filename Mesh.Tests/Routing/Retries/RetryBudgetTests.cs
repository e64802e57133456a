using Mesh.Routing.Retries;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Routing.Retries;

public sealed class RetryBudgetTests
{
    private const long Second = 1_000_000_000;

    [Theory]
    [InlineData(60, 0, 0.1)]
    [InlineData(60, 0, 0.25)]
    [InlineData(60, 0, 0.5)]
    [InlineData(60, 0, 0.75)]
    [InlineData(60, 0, 0.99)]
    [InlineData(60, 0, 0.999)]
    [InlineData(60, 0, 0.9999)]
    [InlineData(60, 0, 0.01)]
    [InlineData(60, 0, 0.001)]
    [InlineData(60, 0, 0.0001)]
    [InlineData(1, 10, 0)]
    [InlineData(2, 5, 0)]
    [InlineData(1, 10, 0.1)]
    [InlineData(2, 5, 0.5)]
    public void AllowsTheReserveAndItsShareOfRequests_WhileTheClockStandsStill(int ttl, int minimum, double percent)
    {
        RetryBudget budget = New(ttl, minimum, percent);
        int reserve = ttl * minimum;
        Assert.Equal(reserve, budget.Balance(0));

        int retried = 0;
        for (int request = 0; request < 10_000; request++)
        {
            budget.Deposit(0);
            if (budget.TryWithdraw(0)) retried++;
            else Assert.Equal(0, budget.Balance(0));
        }

        Assert.InRange(retried, (int)(10_000 * percent) + reserve - 1, (int)(10_000 * percent) + reserve + 1);
    }

    [Fact]
    public void AllowsSeveralRetriesARequest_AbovePercentOne()
    {
        RetryBudget budget = New(60, 0, 2);
        for (int request = 0; request < 10_000; request++) budget.Deposit(0);

        Assert.Equal(20_000, budget.Balance(0));
    }

    [Fact]
    public void AllowsNothing_WhenBothAreZero()
    {
        RetryBudget budget = New(10, 0, 0);
        budget.Deposit(0);

        Assert.False(budget.TryWithdraw(0));
        Assert.Equal(0, budget.Balance(0));
    }

    [Fact]
    public void ForgetsRequests_AfterTheTimeToLive()
    {
        RetryBudget budget = New(10, 0, 1);
        budget.Deposit(0);

        Assert.Equal(1, budget.Balance(10 * Second - 1));
        Assert.Equal(0, budget.Balance(10 * Second));
        Assert.False(budget.TryWithdraw(10 * Second));
    }

    [Fact]
    public void RefillsTheReserve_AfterTheTimeToLive()
    {
        RetryBudget budget = New(10, 1, 0);
        for (int retry = 0; retry < 10; retry++) Assert.True(budget.TryWithdraw(0));
        Assert.False(budget.TryWithdraw(10 * Second - 1));

        Assert.Equal(10, budget.Balance(10 * Second));
    }

    [Fact]
    public void KeepsItsDebt_WhenTheRequestsThatPaidExpireBeforeTheRetries()
    {
        RetryBudget budget = New(10, 0, 1);
        budget.Deposit(0);
        Assert.True(budget.TryWithdraw(5 * Second));

        budget.Deposit(11 * Second);

        Assert.False(budget.TryWithdraw(11 * Second));
        Assert.True(budget.TryWithdraw(15 * Second));
    }

    [Fact]
    public void CountsARequest_WhoseClockLagsBehindItsNeighbour()
    {
        RetryBudget budget = New(10, 0, 1);
        budget.Deposit(100 * Second);

        budget.Deposit(98 * Second);

        Assert.Equal(2, budget.Balance(100 * Second));
        Assert.True(budget.TryWithdraw(98 * Second));
        Assert.Equal(1, budget.Balance(100 * Second));
    }

    [Fact]
    public void WeighsWhatWasDeposited_ByTheNewRule()
    {
        RetryBudget budget = New(10, 0, 0.5);
        for (int request = 0; request < 100; request++) budget.Deposit(0);
        for (int retry = 0; retry < 10; retry++) Assert.True(budget.TryWithdraw(0));

        budget.Config = budget.Config with { PercentCanRetry = 0.2 };

        Assert.Equal(10, budget.Balance(0));
    }

    [Theory]
    [InlineData(60)]
    [InlineData(5)]
    public void KeepsWhatWasDeposited_WhenTheTimeToLiveChanges(int seconds)
    {
        RetryBudget budget = New(10, 0, 1);
        for (int at = 0; at < 20; at++) budget.Deposit(at * Second);
        Assert.True(budget.TryWithdraw(19 * Second));

        budget.Config = budget.Config with { TimeToLive = TimeSpan.FromSeconds(seconds) };

        int kept = Math.Min(seconds, 10);
        Assert.Equal(kept - 1, budget.Balance(19 * Second));
        Assert.Equal(0, budget.Balance((20 + seconds) * Second));
    }

    [Fact]
    public void LosesNoRequest_ThatManyThreadsCount()
    {
        RetryBudget budget = New(10, 0, 1);
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (int request = 0; request < 100_000; request++) budget.Deposit(5 * Second);
        }))];

        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Assert.Equal(400_000, budget.Balance(5 * Second));
    }

    [Fact]
    public void GrantsNoRetryTwice_ToManyThreads()
    {
        RetryBudget budget = New(10, 0, 1);
        for (int request = 0; request < 100_000; request++) budget.Deposit(0);
        int granted = 0;
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (int retry = 0; retry < 50_000; retry++)
            {
                if (budget.TryWithdraw(0)) Interlocked.Increment(ref granted);
            }
        }))];

        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Assert.Equal(100_000, granted);
    }

    [Fact]
    public void AllocatesNothing()
    {
        RetryBudget budget = RetryBudgetOf(RetryBudgetConfig.Default);
        long now = 0;

        long allocated = Allocated.Least(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                budget.Deposit(now += Second / 100);
                budget.TryWithdraw(now);
            }
        });

        Assert.Equal(0, allocated);
    }

    [Theory]
    [InlineData(0.9, 10, 0.2)]
    [InlineData(61, 10, 0.2)]
    [InlineData(10, -1, 0.2)]
    [InlineData(10, 10, -0.1)]
    [InlineData(10, 10, 1000.1)]
    [InlineData(10, 10, double.NaN)]
    public void RefusesARule_OutsideItsRange(double ttl, int minimum, double percent) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => New(ttl, minimum, percent));

    private static RetryBudget New(double ttl, int minimum, double percent) => RetryBudgetOf(new RetryBudgetConfig
    {
        TimeToLive = TimeSpan.FromSeconds(ttl),
        MinRetriesPerSecond = minimum,
        PercentCanRetry = percent,
    });

    private static RetryBudget RetryBudgetOf(RetryBudgetConfig config) => new(config, 0);
}
