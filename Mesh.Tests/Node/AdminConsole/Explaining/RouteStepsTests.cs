using System.Collections.Immutable;
using Mesh.Node.AdminConsole.Explaining;
using Mesh.Node.Config;
using Mesh.Node.Proxy.Policies;
using Mesh.Tests.Wire.Http1;
using Mesh.Wire.Exchange;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Node.AdminConsole.Explaining;

public sealed class RouteStepsTests
{
    private const string Rules = """
        policies:
        - {match: {pathPrefix: /old}, redirect: {path: /new, status: 308}}
        - {match: {service: /svc/web}, mirror: {to: /svc/shadow, percent: 5}, resilience: {totalTimeoutMs: 70}}
        - {rewrite: {host: inner, path: /all}, fault: {abort: {status: 503, percent: 50}, delay: {ms: 20, percent: 1}}}
        - {headers: {request: {set: [{name: a, value: b}], remove: [c]}}, mirror: {to: /svc/late, percent: 1}}
        """;

    [Fact]
    public void FirstRuleOfEachAction_IsSaid()
    {
        (ImmutableArray<RoutePolicy> rules, RequestHead head) = Matching("/");

        ImmutableArray<Step> steps = RouteSteps.Of(rules, head, isSecured: false, out string? elsewhere);

        Assert.Null(elsewhere);
        Assert.Equal(
            [
                "policy 2 of a test: is treated by it instead of by the service's config",
                "policy 3 of a test: goes out as path /all of host inner",
                "policy 4 of a test: request: without c, a set",
                "policy 2 of a test: 5 % are copied to /svc/shadow",
                "policy 3 of a test: DRILL: 1 % wait 20 ms, 50 % are answered 503",
            ],
            steps.Select(static step => step.Text));
        Assert.Equal(70, RouteSteps.Resilience(rules)!.Over(ServiceConfig.Default).TotalTimeoutMs);
    }

    [Fact]
    public void Redirect_EndsIt()
    {
        (ImmutableArray<RoutePolicy> rules, RequestHead head) = Matching("/old/a?b");

        ImmutableArray<Step> steps = RouteSteps.Of(rules, head, isSecured: false, out string? elsewhere);

        Assert.Equal("308, /new?b", elsewhere);
        Assert.Equal("policy 1 of a test: 308, /new?b", Assert.Single(steps).Text);
    }

    private static (ImmutableArray<RoutePolicy> Rules, RequestHead Head) Matching(string target)
    {
        (ImmutableArray<RoutePolicyConfig> read, IReadOnlyList<ConfigFault> faults) = RoutePolicyReader.Read(Rules);
        Assert.Empty(faults);
        RequestHead head = Http1Kit.Accepted($"GET {target} HTTP/1.1\r\nHost: web\r\n\r\n");
        return (PolicyTable.Of(read, "a test").Matching(Path.Parse("/svc/web"), head), head);
    }
}
