using FsCheck;
using FsCheck.Fluent;
using Mesh.Routing.Retries;
using Xunit;

namespace Mesh.Tests.Routing.Retries;

/// <summary>What holds of a budget over any history of requests and retries, on virtual time.</summary>
public sealed class RetryBudgetLawTests
{
    private const long Millisecond = 1_000_000;
    private const int Scale = 1000;

    private static readonly Gen<RetryBudgetConfig> Rules =
        from ttl in Gen.Choose(1, 60)
        from minimum in Gen.Choose(0, 3)
        from percent in Gen.Elements(0, 0.05, 0.2, 0.3, 1, 2.5)
        select new RetryBudgetConfig { TimeToLive = TimeSpan.FromSeconds(ttl), MinRetriesPerSecond = minimum, PercentCanRetry = percent };

    /// <summary>Bursts at one moment each: thousandths of the time to live since the last (often 0), requests, and retries tried for.</summary>
    private static readonly Gen<Burst[]> Histories =
        (from gap in Gen.Frequency((2, Gen.Constant(0)), (4, Gen.Choose(0, 150)), (1, Gen.Choose(0, 2500)))
         from requests in Gen.Choose(0, 12)
         from retries in Gen.Choose(0, 40)
         select new Burst(gap, requests, retries)).ArrayOf();

    [Fact]
    public void RetriesNeverExceed_ReserveAndShareOfTheLastTimeToLive() => ForAll((rule, granted, requests, _) =>
        granted.All(retry =>
        {
            long recent = granted.Count(other => other.Order <= retry.Order && other.At > retry.At - rule.TtlNs * 9 / 10);
            long paid = requests.Count(request => request.Order < retry.Order && request.At > retry.At - rule.TtlNs);
            return recent * rule.PerRetry <= rule.Reserve + paid * rule.PerRequest;
        }));

    [Fact]
    public void NoRetryIsRefused_WhileReserveAndShareLast() => ForAll((rule, granted, requests, refused) =>
        refused.All(refusal =>
        {
            long recent = granted.Count(retry => retry.Order < refusal.Order && retry.At > refusal.At - rule.TtlNs);
            long paid = requests.Count(request => request.Order < refusal.Order && request.At > refusal.At - rule.TtlNs * 9 / 10);
            return (recent + 1) * rule.PerRetry > rule.Reserve + paid * rule.PerRequest;
        }));

    [Fact]
    public void BalanceTellsWhatCanBeWithdrawn() => Prop.ForAll(Rules.ToArbitrary(), Histories.ToArbitrary(), (config, history) =>
    {
        var budget = new RetryBudget(config, 0);
        long now = Replay(budget, new Rule(config), history, [], [], []);
        long balance = budget.Balance(now);

        long withdrawn = 0;
        while (budget.TryWithdraw(now)) withdrawn++;

        return withdrawn == balance && budget.Balance(now) == 0;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void OnlyTheReserveIsLeft_AfterAQuietTimeToLive() => Prop.ForAll(Rules.ToArbitrary(), Histories.ToArbitrary(), (config, history) =>
    {
        var budget = new RetryBudget(config, 0);
        var rule = new Rule(config);
        long now = Replay(budget, rule, history, [], [], []);

        return budget.Balance(now + rule.TtlNs) == rule.Reserve / rule.PerRetry;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void AgreesWithItsSlots_AddedUpOneByOne() => Prop.ForAll(Rules.ToArbitrary(), Histories.ToArbitrary(), (config, history) =>
    {
        var budget = new RetryBudget(config, 0);
        var rule = new Rule(config);
        List<Moment> granted = [], requests = [];
        long now = Replay(budget, rule, history, granted, requests, []);

        long slotNs = rule.TtlNs / RetryBudget.Slots;
        long oldest = now / slotNs - RetryBudget.Slots;
        long tokens = rule.Reserve + requests.Count(moment => moment.At / slotNs > oldest) * rule.PerRequest
            - granted.Count(moment => moment.At / slotNs > oldest) * rule.PerRetry;
        return budget.Balance(now) == Math.Max(0, tokens / rule.PerRetry);
    }).QuickCheckThrowOnFailure();

    private static void ForAll(Func<Rule, List<Moment>, List<Moment>, List<Moment>, bool> holds) =>
        Prop.ForAll(Rules.ToArbitrary(), Histories.ToArbitrary(), (config, history) =>
        {
            var rule = new Rule(config);
            List<Moment> granted = [], requests = [], refused = [];
            Replay(new RetryBudget(config, 0), rule, history, granted, requests, refused);
            return holds(rule, granted, requests, refused);
        }).QuickCheckThrowOnFailure();

    private static long Replay(
        RetryBudget budget, Rule rule, Burst[] history, List<Moment> granted, List<Moment> requests, List<Moment> refused)
    {
        long now = 0;
        int order = 0;
        foreach (Burst burst in history)
        {
            now += burst.Gap * (rule.TtlNs / Millisecond) / 1000 * Millisecond;
            for (int request = 0; request < burst.Requests; request++)
            {
                budget.Deposit(now);
                requests.Add(new Moment(now, order++));
            }

            for (int retry = 0; retry < burst.Retries; retry++) (budget.TryWithdraw(now) ? granted : refused).Add(new Moment(now, order++));
        }

        return now;
    }

    /// <summary>When something happened, and after how many other things: a clock may stand still.</summary>
    private readonly record struct Moment(long At, int Order);

    private sealed record Burst(int Gap, int Requests, int Retries);

    /// <summary>Finagle's amounts, worked out once more.</summary>
    private sealed class Rule(RetryBudgetConfig config)
    {
        public long TtlNs { get; } = (long)config.TimeToLive.TotalNanoseconds;

        public long PerRequest { get; } = config.PercentCanRetry == 0 ? 0 : Scale;

        public long PerRetry { get; } = config.PercentCanRetry == 0 ? 1 : (long)(Scale / config.PercentCanRetry);

        public long Reserve => config.MinRetriesPerSecond * (int)config.TimeToLive.TotalSeconds * PerRetry;
    }
}
