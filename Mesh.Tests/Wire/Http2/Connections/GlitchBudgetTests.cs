using Mesh.Wire.Http2.Connections;
using Xunit;

namespace Mesh.Tests.Wire.Http2.Connections;

public sealed class GlitchBudgetTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void Burst_IsSpentAtOnce_AndNoMore()
    {
        GlitchBudget budget = new(0);

        for (int i = 0; i < GlitchBudget.Burst; i++) Assert.True(budget.TrySpend(GlitchBudget.Frame, 0));

        Assert.False(budget.TrySpend(GlitchBudget.Frame, 0));
    }

    [Fact]
    public void Time_PaysBack_UpToTheBurst()
    {
        GlitchBudget budget = new(0);
        Drain(ref budget, 0);

        Assert.Equal(GlitchBudget.PerSecond, Drain(ref budget, Second + Second / 100));
        Assert.Equal(GlitchBudget.Burst, Drain(ref budget, 1000 * Second));
    }

    [Fact]
    public void GoodExchanges_PayBack_UpToTheBurst()
    {
        GlitchBudget budget = new(0);
        Drain(ref budget, 0);

        for (int i = 0; i < 5; i++) budget.Earn();
        Assert.Equal(5, Drain(ref budget, 0));
        for (int i = 0; i < 5000; i++) budget.Earn();
        Assert.Equal(GlitchBudget.Burst, Drain(ref budget, 0));
    }

    [Fact]
    public void CostThatIsTooMuch_TakesNothing()
    {
        GlitchBudget budget = new(0);
        Drain(ref budget, 0);
        for (int i = 0; i < GlitchBudget.Error - 1; i++) budget.Earn();

        Assert.False(budget.TrySpend(GlitchBudget.Error, 0));
        Assert.Equal(GlitchBudget.Error - 1, Drain(ref budget, 0));
    }

    private static int Drain(ref GlitchBudget budget, long now)
    {
        int spent = 0;
        while (budget.TrySpend(1, now)) spent++;
        return spent;
    }
}
