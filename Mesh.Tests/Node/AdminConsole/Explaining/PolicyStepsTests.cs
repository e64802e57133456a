using Mesh.Discovery.Names;
using Mesh.Node.AdminConsole.Explaining;
using Mesh.Node.Config;
using Mesh.Routing.Limits;
using Xunit;
using NamePath = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Node.AdminConsole.Explaining;

public sealed class PolicyStepsTests
{
    [Fact]
    public void AService_TellsItsRulesAndWhatTheySet()
    {
        PolicyConfig<ServiceConfig> policy = new(ServiceConfig.Default, [Rule("/svc/web", Strict), Rule("/svc/other", static one => one)]);

        Step step = PolicySteps.OfService(policy, NamePath.Parse("/svc/web"), null);

        Assert.Equal("service /svc/web: defaults, then the rules of /svc/web", step.Text);
        Assert.Equal(
        [
            "totalTimeoutMs: 500",
            "responses: 5xx is a failure; GET, HEAD, OPTIONS, TRACE are tried again",
            "retries: at most 5 of a request whose body is at most 65536 bytes, 20 % of the requests and 10 a second",
            "hedging: a second endpoint is asked after 40 ms",
            "rate limit: 12.5 a second, bursts of 20, each header x-user",
            "DRILL: 10 % of the requests with x-drill: yes wait 100 ms are answered 503",
        ],
        step.Steps.Select(static each => each.Text));
    }

    [Fact]
    public void AClient_TellsItsDefaults()
    {
        PolicyConfig<ClientConfig> policy = new(
            ClientConfig.Default with { Concurrency = new ConcurrencyConfig { IsAdaptive = true }, Affinity = RequestKeyConfig.Source }, []);

        Step step = PolicySteps.OfClient(policy, NamePath.Parse("/#/io.l5d.fs/users"), null);

        Assert.Equal("client /#/io.l5d.fs/users: the router's defaults", step.Text);
        Assert.Equal(
        [
            "requestAttemptTimeoutMs: 300000 | connectTimeoutMs: 1000",
            "accrual: 5 failures in a row; rests 5 s to 300 s, equal jitter",
            "requeues: 20 % of the requests and 10 a second",
            "connections: at most 1024 to an endpoint, 1024 may wait",
            "requests out: adaptive, 2 to 1024, 100 may wait",
            "affinity: client address",
        ],
        step.Steps.Select(static each => each.Text));
    }

    [Theory]
    [InlineData(null, "requestAttemptTimeoutMs: 2000 | connectTimeoutMs: 1000")]
    [InlineData(700, "requestAttemptTimeoutMs: 700 (by a policy) | connectTimeoutMs: 1000")]
    public void TimeOfAnAttempt_IsTheOneThatHolds(int? ofPolicy, string expected)
    {
        PolicyConfig<ClientConfig> policy = new(ClientConfig.Default with { RequestAttemptTimeoutMs = 2000 }, []);
        ResilienceConfig over = new(static config => config, ofPolicy, HasBudget: false);

        Assert.Equal(expected, PolicySteps.OfClient(policy, NamePath.Parse("/#/a"), over).Steps[0].Text);
    }

    private static ServiceConfig Strict(ServiceConfig config) => config with
    {
        TotalTimeoutMs = 500,
        Classifier = ResponseClassifier.RetryableRead,
        Retries = config.Retries with { HedgeDelayMs = 40 },
        RateLimits = [new ServiceRateLimitConfig(new RateLimitConfig(12.5, 20), new RequestKeyConfig(RequestKeyKind.Header, "x-user"))],
        FaultInjection = [new FaultInjectionConfig(0.1, "x-drill", "yes", 100, 503)],
    };

    private static PolicyRule<ServiceConfig> Rule(string prefix, Func<ServiceConfig, ServiceConfig> set) => new(PathMatcher.Parse(prefix), set);
}
