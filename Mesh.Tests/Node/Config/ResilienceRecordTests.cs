using Mesh.Node.Config;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Limits;
using Mesh.Routing.Retries;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>What comes out of the keys of resilience in a file without faults.</summary>
public sealed class ResilienceRecordTests
{
    private static readonly BackoffConfig s_short = new BackoffConfig.EqualJittered(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(20));

    public static TheoryData<string, BalancerConfig> Balancers() => new()
    {
        { "kind: p2c", new BalancerConfig { Kind = BalancerKind.LeastLoaded } },
        {
            "kind: p2c, maxEffort: 9, enableProbation: true",
            new BalancerConfig { Kind = BalancerKind.LeastLoaded, MaxEffort = 9, EnableProbation = true }
        },
        { "kind: ewma, decayTimeMs: 500", new BalancerConfig { Decay = TimeSpan.FromMilliseconds(500) } },
        { "slowStartMs: 30000, panicThreshold: 0.25", new BalancerConfig { SlowStart = TimeSpan.FromSeconds(30), PanicThreshold = 0.25 } },
        { "kind: heap, panicThreshold: 0", new BalancerConfig { Kind = BalancerKind.Heap, PanicThreshold = 0 } },
        { "kind: roundRobin, slowStartMs: 1", new BalancerConfig { Kind = BalancerKind.RoundRobin, SlowStart = TimeSpan.FromMilliseconds(1) } },
        { "kind: aperture", new BalancerConfig { Kind = BalancerKind.Aperture } },
        {
            "kind: aperture, smoothWindowMs: 6000, lowLoad: 0.25, highLoad: 4, minAperture: 3", new BalancerConfig
            {
                Kind = BalancerKind.Aperture,
                Aperture = new ApertureConfig { SmoothWindow = TimeSpan.FromSeconds(6), LowLoad = 0.25, HighLoad = 4, MinAperture = 3 },
            }
        },
        {
            "kind: ringHash, key: {kind: source}, boundedLoad: 2",
            new BalancerConfig { Kind = BalancerKind.RingHash, Hash = new HashConfig { BoundedLoad = 2 } }
        },
        { "kind: maglev, key: {kind: source}", new BalancerConfig { Kind = BalancerKind.Maglev } },
    };

    [Theory]
    [MemberData(nameof(Balancers))]
    public void Balancer_IsRoutingsOwnRecord(string written, object balancer) =>
        Assert.Equal(balancer, Client($"loadBalancer: {{{written}}}").LoadBalancer);

    [Fact]
    public void KeyOfAHashingBalancer_IsTheAffinity()
    {
        Assert.Equal(new RequestKeyConfig(RequestKeyKind.Header, "X-User"),
            Client("loadBalancer: {kind: ringHash, key: {kind: header, name: X-User}}").Affinity);
        Assert.Equal(new RequestKeyConfig(RequestKeyKind.Cookie, "sid"),
            Client("loadBalancer: {kind: maglev, key: {kind: cookie, name: sid}}").Affinity);
        Assert.Equal(RequestKeyConfig.Source, Client("loadBalancer: {kind: maglev, key: {kind: source}}").Affinity);
        Assert.Null(Client("loadBalancer: {kind: p2c}").Affinity);
    }

    public static TheoryData<string, AccrualConfig> Accruals() => new()
    {
        {
            "kind: io.l5d.consecutiveFailures, failures: 2, maxEjectedShare: 0.5",
            new AccrualConfig.ConsecutiveFailures { Failures = 2, MaxEjectedShare = 0.5 }
        },
        { "kind: io.l5d.successRate, successRate: 0.9, requests: 100", new AccrualConfig.SuccessRate(0.9, 100) },
        {
            "kind: successRateWindowed, successRate: 1, window: 15, backoff: {kind: equalJittered, minMs: 10, maxMs: 20}",
            new AccrualConfig.SuccessRateWindowed(1, TimeSpan.FromSeconds(15)) { Backoff = s_short }
        },
        { "backoff: {kind: constant}", new AccrualConfig.ConsecutiveFailures { Backoff = new BackoffConfig.Constant(TimeSpan.Zero) } },
        { "kind: none", new AccrualConfig.None() },
    };

    [Theory]
    [MemberData(nameof(Accruals))]
    public void Accrual_IsRoutingsOwnRecord(string written, object accrual) =>
        Assert.Equal(accrual, Client($"failureAccrual: {{{written}}}").FailureAccrual);

    [Fact]
    public void RequeueBudget_HasLinkerdsDefaults()
    {
        Assert.Equal(
            new RetryBudgetConfig { MinRetriesPerSecond = 10, PercentCanRetry = 0.2, TimeToLive = TimeSpan.FromSeconds(10) },
            Client("").RequeueBudget);
        Assert.Equal(
            new RetryBudgetConfig { MinRetriesPerSecond = 0, PercentCanRetry = 1.5, TimeToLive = TimeSpan.FromSeconds(60) },
            Client("requeueBudget: {minRetriesPerSec: 0, percentCanRetry: 1.5, ttlSecs: 60}").RequeueBudget);
    }

    [Fact]
    public void Retries_HaveAllTheirKeys()
    {
        RetriesConfig retries = Service(
            "retries: {budget: {ttlSecs: 5}, backoff: {kind: equalJittered, minMs: 10, maxMs: 20}, maxRetries: 1, maxBufferBytes: 0, "
            + "hedgeDelayMs: 50}").Retries;

        Assert.Equal(
            new RetriesConfig
            {
                Budget = new RetryBudgetConfig { TimeToLive = TimeSpan.FromSeconds(5) },
                Backoff = s_short, MaxRetries = 1, MaxBufferBytes = 0, HedgeDelayMs = 50,
            },
            retries);
        Assert.Equal((5, 65536, null), (Service("").Retries.MaxRetries, Service("").Retries.MaxBufferBytes, Service("").Retries.HedgeDelayMs));
    }

    [Theory]
    [InlineData("io.l5d.http.nonRetryable5XX", "ServerErrors")]
    [InlineData("io.l5d.http.retryableRead5XX", "RetryableRead")]
    [InlineData("io.l5d.http.retryableIdempotent5XX", "RetryableIdempotent")]
    [InlineData("http.retryableAll5XX", "RetryableAll")]
    [InlineData("http.allSuccessful", "None")]
    public void Classifiers_AreLinkerds(string kind, string classifier) =>
        Assert.Equal(classifier, Service($"responseClassifier: {{kind: {kind}}}").Classifier.ToString());

    [Fact]
    public void Concurrency_IsFixedOrAdaptive_OrNotThere()
    {
        Assert.Null(Client("").Concurrency);
        Assert.Equal(
            new ConcurrencyConfig { MaxRequests = 7, MaxQueued = 0 }, Client("concurrency: {kind: fixed, maxRequests: 7, maxQueued: 0}").Concurrency);
        Assert.Equal(
            new ConcurrencyConfig { IsAdaptive = true, MinRequests = 3, MaxRequests = 30, InitialRequests = 10, MaxQueued = 5 },
            Client("concurrency: {kind: adaptive, minRequests: 3, maxRequests: 30, initialRequests: 10, maxQueued: 5}").Concurrency);
    }

    [Theory]
    [InlineData("", 2, 1024, 20)]
    [InlineData(", maxRequests: 1", 1, 1, 1)]
    [InlineData(", minRequests: 50", 50, 1024, 50)]
    public void AdaptiveDefaults_GiveWayToWhatIsWritten(string written, int least, int most, int initial) =>
        Assert.Equal(
            new ConcurrencyConfig { IsAdaptive = true, MinRequests = least, MaxRequests = most, InitialRequests = initial },
            Client($"concurrency: {{kind: adaptive{written}}}").Concurrency);

    [Fact]
    public void HealthCheck_IsTcpOrHttp_OrNotThere()
    {
        Assert.Null(Client("").HealthCheck);
        Assert.Equal(new HealthCheckConfig { Port = 81 }, Client("healthCheck: {kind: tcp, port: 81}").HealthCheck);
        Assert.Equal(
            new HealthCheckConfig
            {
                Path = "/health?deep=1", Host = "web:80", IntervalMs = 500, TimeoutMs = 500, HealthyThreshold = 1, UnhealthyThreshold = 9,
            },
            Client("healthCheck: {kind: http, path: '/health?deep=1', host: 'web:80', intervalMs: 500, healthyThreshold: 1, unhealthyThreshold: 9}")
                .HealthCheck);
    }

    [Fact]
    public void RateLimits_HaveABurstOfTheRateRoundedUp()
    {
        ServiceConfig service = Service(
            "rateLimits: [{requestsPerSec: 100}, {requestsPerSec: 0.2}, {requestsPerSec: 1.5, burst: 9, caller: {kind: header, name: x-key}}]");

        Assert.Equal<ServiceRateLimitConfig>(
            [
                new(new RateLimitConfig(100, 100), null), new(new RateLimitConfig(0.2, 1), null),
                new(new RateLimitConfig(1.5, 9), new RequestKeyConfig(RequestKeyKind.Header, "x-key")),
            ],
            service.RateLimits);
    }

    [Fact]
    public void FaultInjection_HasAllItsKeys()
    {
        ServiceConfig service = Service(
            "faultInjection: [{abortStatus: 503}, {share: 0.1, header: x-drill, value: slow one, delayMs: 250, abortStatus: 504}]");

        Assert.Equal<FaultInjectionConfig>([new(1, null, null, null, 503), new(0.1, "x-drill", "slow one", 250, 504)], service.FaultInjection);
    }

    private static ClientConfig Client(string keys) => Loading.Config(Loading.Minimal + $"  client: {{{keys}}}\n").Routers[0].Client.Defaults;

    private static ServiceConfig Service(string keys) => Loading.Config(Loading.Minimal + $"  service: {{{keys}}}\n").Routers[0].Service.Defaults;
}
