using Mesh.Node.Config;
using Mesh.Node.Proxy.Policies;
using Mesh.Routing.Retries;
using Mesh.Tests.Kit;
using Mesh.Tests.Wire.Http1;
using Mesh.Wire;
using Mesh.Wire.Exchange;
using Xunit;

namespace Mesh.Tests.Node.Proxy.Policies;

public sealed class ServicePoliciesTests
{
    [Fact]
    public void OfEachAction_TheFirstRuleThatMatchesAndHasItCounts()
    {
        const string Rules = """
            - {match: {pathPrefix: /no}, rewrite: {host: no}, fault: {abort: {status: 500}}}
            - {rewrite: {host: one}}
            - {rewrite: {host: two}, fault: {abort: {status: 503}}}
            - {fault: {abort: {status: 504}}, resilience: {totalTimeoutMs: 7}}
            """;

        PolicyChoice choice = Policy.Choose(Rules);
        SplitMix64 random = new(1);

        Assert.True(choice.Fault!.TryDraw(ref random, out var fault));
        Assert.Equal(503, fault.AbortStatus);
        Assert.Contains("Host: one\r\n", Policy.Forward(Rules, "GET / HTTP/1.1\r\nHost: web\r\n\r\n"), StringComparison.Ordinal);
        Assert.Equal(7_000_000, choice.Treatment!.Settings.TotalTimeoutNs);
        Assert.Null(choice.Redirect);
    }

    [Theory]
    [InlineData("/svc/web", "/svc/web", true)]
    [InlineData("/svc", "/svc/web", true)]
    [InlineData("/svc/web", "/svc/website", false)]
    [InlineData("/svc/web", "/svc/web/v1", true)]
    [InlineData("/svc/*/v1", "/svc/web/v1", true)]
    [InlineData("/svc/web/v1", "/svc/web", false)]
    [InlineData("/", "/svc/web", true)]
    public void Service_IsAPrefixOfWholeSegments(string pattern, string service, bool isFor) =>
        Assert.Equal(isFor, Policy.Of($"- {{match: {{service: '{pattern}'}}, rewrite: {{host: x}}}}", service) is not null);

    [Theory]
    [InlineData("method: GET", "GET", "", true)]
    [InlineData("method: get", "GET", "", false)]
    [InlineData("method: PURGE", "PURGE", "", true)]
    [InlineData("headers: [{name: X-A}]", "GET", "x-a:\r\n", true)]
    [InlineData("headers: [{name: x-a, value: '1'}]", "GET", "x-a: 2\r\n", false)]
    [InlineData("headers: [{name: x-a, value: '1'}]", "GET", "x-a: 2\r\nx-a: 1\r\n", true)]
    [InlineData("headers: [{name: x-a}, {name: x-b}]", "GET", "x-a: 2\r\n", false)]
    [InlineData("method: GET, headers: [{name: x-a}], pathPrefix: /a", "GET", "x-a: 2\r\n", true)]
    public void AllOfAMatch_MustHold(string match, string method, string fields, bool matches)
    {
        PolicyChoice choice = Policy.Choose(
            $"- {{match: {{{match}}}, rewrite: {{host: x}}}}", $"{method} /a/b HTTP/1.1\r\nHost: web\r\n{fields}\r\n");

        Assert.Equal(matches, choice.Rewrite is not null);
    }

    [Fact]
    public void Resilience_LiesOverTheConfig_AndHasABudgetOfItsOwnOnlyWhereOneIsWritten()
    {
        Treatment plain = Policy.Choose("- {resilience: {requestAttemptTimeoutMs: 5, retries: {maxRetries: 1}}}").Treatment!;
        Treatment own = Policy.Choose("- {resilience: {retries: {budget: {minRetriesPerSec: 3}}}}").Treatment!;

        Assert.Equal((5_000_000, 1, RetriesConfig.DefaultMaxBufferBytes),
            (plain.AttemptTimeoutNs, plain.Settings.Retries.MaxRetries, plain.Settings.Retries.MaxBufferBytes));
        Assert.Null(plain.Budget);
        Assert.Equal(3, own.Budget!.Config.MinRetriesPerSecond);
        Assert.Null(own.AttemptTimeoutNs);
    }

    [Theory]
    [InlineData("- {match: {pathPrefix: /a}, resilience: {retries: {budget: {ttlSecs: 60, minRetriesPerSec: 1, percentCanRetry: 0}}}}", 0)]
    [InlineData("- {rewrite: {host: x}}\n- {resilience: {totalTimeoutMs: 9, retries: {budget: {ttlSecs: 60, minRetriesPerSec: 1, "
        + "percentCanRetry: 0}}}, match: {pathPrefix: '/a'}}", 0)]
    [InlineData("- {match: {pathPrefix: /a}, resilience: {retries: {budget: {ttlSecs: 60, minRetriesPerSec: 2, percentCanRetry: 0}}}}", 60)]
    [InlineData("- {match: {pathPrefix: /b}, resilience: {retries: {budget: {ttlSecs: 60, minRetriesPerSec: 1, percentCanRetry: 0}}}}", 60)]
    public void RuleForTheSameRequests_GoesOnWithTheBudgetThatIsSpent_WhateverElseChanges(string after, long left)
    {
        ServicePolicies before = Policy.Of(
            "- {match: {pathPrefix: /a}, resilience: {retries: {budget: {ttlSecs: 60, minRetriesPerSec: 1, percentCanRetry: 0}}}}")!;
        RetryBudget spent = BudgetOf(before, "/a")!;
        while (spent.TryWithdraw(0)) continue;

        ServicePolicies now = Policy.Of(after)!;
        now.TakeOver(before);

        RetryBudget budget = (BudgetOf(now, "/a") ?? BudgetOf(now, "/b"))!;
        Assert.Equal(left, budget.Balance(0));
    }

    [Fact]
    public void ARuleBehindOneForTheSameRequests_DoesNotTakeItsBudget()
    {
        const string Two = """
            - {resilience: {retries: {budget: {ttlSecs: 60, minRetriesPerSec: 1, percentCanRetry: 0}}}}
            - {resilience: {retries: {budget: {ttlSecs: 60, minRetriesPerSec: 2, percentCanRetry: 0}}}}
            """;
        ServicePolicies before = Policy.Of(Two)!, now = Policy.Of(Two)!;

        now.TakeOver(before);

        Assert.Same(BudgetOf(before, "/"), BudgetOf(now, "/"));
        Assert.Equal(60, BudgetOf(now, "/")!.Balance(0));
    }

    [Fact]
    public void Fault_DrawsDelayAndAbortApart()
    {
        FaultPolicy fault = Policy.Choose("- {fault: {abort: {status: 503, percent: 20}, delay: {ms: 5, percent: 50}}}").Fault!;
        SplitMix64 random = new(3);
        int aborts = 0, delays = 0, both = 0;
        for (int i = 0; i < 20_000; i++)
        {
            fault.TryDraw(ref random, out var drawn);
            aborts += drawn.AbortStatus > 0 ? 1 : 0;
            delays += drawn.DelayMs > 0 ? 1 : 0;
            both += drawn is { AbortStatus: > 0, DelayMs: > 0 } ? 1 : 0;
        }

        // Six standard deviations around 4000, 10 000 and 2000.
        Assert.InRange(aborts, 3660, 4340);
        Assert.InRange(delays, 9575, 10_425);
        Assert.InRange(both, 1745, 2255);
    }

    private static RetryBudget? BudgetOf(ServicePolicies policies, string path)
    {
        PolicyChoice choice = default;
        policies.Choose(Http1Kit.Accepted($"GET {path} HTTP/1.1\r\nHost: web\r\n\r\n"), isSecured: false, ref choice);
        return choice.Treatment?.Budget;
    }

    [Fact]
    public void NothingIsAllocated_ForAMatch()
    {
        ServicePolicies policies = Policy.Of(string.Concat(Enumerable.Range(0, 50).Select(static i =>
            $"- {{match: {{pathPrefix: /a{i}, method: GET, headers: [{{name: x-{i}}}]}}, rewrite: {{prefix: /b, host: c}}}}\n")))!;
        RequestHead head = Http1Kit.Accepted("GET /a49/x?y HTTP/1.1\r\nHost: web\r\nx-49: 1\r\n\r\n");
        HeadEdits edits = new();
        Ask();

        Assert.Equal(0, Allocated.Least(Ask));
        Assert.Equal("/b"u8.ToArray(), edits.TargetPrefix);

        void Ask()
        {
            PolicyChoice choice = default;
            policies.Choose(head, isSecured: false, ref choice);
            edits.Reset();
            choice.Rewrite?.Edit(head, edits);
        }
    }
}
