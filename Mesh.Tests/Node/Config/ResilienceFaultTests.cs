using Mesh.Node.Config;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>What is said about wrong values of the keys of resilience, and where.</summary>
public sealed class ResilienceFaultTests
{
    /// <summary>Keys of <c>client</c>, and how the only fault begins.</summary>
    [Theory]
    [InlineData("loadBalancer: {kind: aperture, lowLoad: 2}", "5:52: `lowLoad` (2) is not below `highLoad` (2); lower it or raise that")]
    [InlineData("loadBalancer: {kind: aperture, highLoad: 0.5}", "5:26: `lowLoad` (0.5) is not below `highLoad` (0.5)")]
    [InlineData("loadBalancer: {kind: aperture, lowLoad: x}",
        "5:52: `lowLoad` is `x`; it must be a number of requests from 0 to 1000000 (default 0.5)")]
    [InlineData("loadBalancer: {kind: heap, maxEffort: 3}",
        "5:39: unknown key `maxEffort` in load balancer `heap`; kinds `ewma`, `p2c`, `aperture`, `roundRobin` have it; legal here: kind, enable")]
    [InlineData("loadBalancer: {kind: ringHash}", "5:26: load balancer `ringHash` needs `key`; which part of a request")]
    [InlineData("loadBalancer: {kind: maglev, key: {kind: path}}",
        "5:53: unknown kind `path` for a request key; supported are `header`, `cookie`, `source`")]
    [InlineData("loadBalancer: {kind: maglev, key: {kind: header}}",
        "5:46: request key `header` needs `name`; the name of the header or cookie")]
    [InlineData("loadBalancer: {kind: maglev, key: {kind: cookie, name: a=b}}", "5:67: `name` is `a=b`; it must be a name of letters")]
    [InlineData("loadBalancer: {kind: maglev, key: {kind: source, name: x}}", "5:61: unknown key `name` in request key `source`")]
    [InlineData("loadBalancer: {kind: maglev, key: {kind: source}, boundedLoad: 0.5}", "5:75: `boundedLoad` is 0.5, below the average")]
    [InlineData("loadBalancer: {kind: maglev, key: {kind: source}, boundedLoad: 125}",
        "5:75: `boundedLoad` is `125`; it must be a number from 0 to 10")]
    [InlineData("loadBalancer: {kind: p2c, key: {kind: source}}", "5:38: unknown key `key` in load balancer `p2c`")]
    [InlineData("loadBalancer: {panicThreshold: 50}", "5:43: `panicThreshold` is `50`; it must be a number from 0 to 1 (default 0.5)")]
    [InlineData("loadBalancer: {panicThreshold: 1e-1}", "5:43: `panicThreshold` is `1e-1`")]
    [InlineData("loadBalancer: {slowStartMs: -1}", "5:40: `slowStartMs` is `-1`")]
    [InlineData("failureAccrual: {kind: successRate, requests: 5}",
        "5:28: failure accrual `io.l5d.successRate` needs `successRate`; the share")]
    [InlineData("failureAccrual: {kind: successRate, successRate: 0.5}", "5:28: failure accrual `io.l5d.successRate` needs `requests`")]
    [InlineData("failureAccrual: {kind: successRate, successRate: 90, requests: 5}",
        "5:61: `successRate` is `90`; it must be a number from 0 to 1")]
    [InlineData("failureAccrual: {kind: successRateWindowed, successRate: 0.5}",
        "5:28: failure accrual `io.l5d.successRateWindowed` needs `window`")]
    [InlineData("failureAccrual: {kind: successRateWindowed, successRate: 0.5, window: 0}",
        "5:82: `window` is `0`; it must be a whole number of s from 1")]
    [InlineData("failureAccrual: {maxEjectedShare: 2}", "5:46: `maxEjectedShare` is `2`")]
    [InlineData("failureAccrual: {kind: none, maxEjectedShare: 1}", "5:41: unknown key `maxEjectedShare` in failure accrual `none`")]
    [InlineData("failureAccrual: {backoff: {kind: jittered, maxMs: 1}}", "5:38: backoff `jittered` needs `minMs`; the shortest pause")]
    [InlineData("failureAccrual: {backoff: {kind: equalJittered, minMs: 3, maxMs: 1}}", "5:67: `minMs` (3) is more than `maxMs` (1)")]
    [InlineData("requeueBudget: {percentCanRetry: 1000.5}",
        "5:45: `percentCanRetry` is `1000.5`; it must be a number of retries per request from 0 to 1000")]
    [InlineData("requeueBudget: {minRetriesPerSec: -1}", "5:46: `minRetriesPerSec` is `-1`")]
    [InlineData("requeueBudget: {ttlSecs: 61}", "5:37: `ttlSecs` is `61`; it must be a whole number of s from 1 to 60 (default 10)")]
    [InlineData("concurrency: {maxRequests: 5}", "5:25: a limit of concurrency needs `kind`; supported are `fixed`, `adaptive`")]
    [InlineData("concurrency: {kind: fixed, minRequests: 5}", "5:39: unknown key `minRequests` in concurrency `fixed`")]
    [InlineData("concurrency: {kind: adaptive, minRequests: 9, maxRequests: 8}", "5:55: `minRequests` (9) is more than `maxRequests` (8)")]
    [InlineData("concurrency: {kind: adaptive, initialRequests: 1}",
        "5:59: `initialRequests` (1) is not between `minRequests` (2) and `maxRequests` (1024)")]
    [InlineData("concurrency: {kind: adaptive, initialRequests: 9, maxRequests: 8}", "5:59: `initialRequests` (9) is not between")]
    [InlineData("healthCheck: {path: /health}", "5:25: a health check needs `kind`; supported are `tcp`, `http`")]
    [InlineData("healthCheck: {kind: http}", "5:25: health check `http` needs `path`; what is asked with GET")]
    [InlineData("healthCheck: {kind: http, path: health}",
        "5:44: `path` is `health`; it must be a path from its first slash, such as `/health`")]
    [InlineData("healthCheck: {kind: http, path: '/a b'}", "5:44: `path` is `/a b`")]
    [InlineData("healthCheck: {kind: http, path: /, host: a b}", "5:53: `host` is `a b`")]
    [InlineData("healthCheck: {kind: tcp, path: /health}", "5:37: unknown key `path` in health check `tcp`")]
    [InlineData("healthCheck: {kind: tcp, intervalMs: 500, timeoutMs: 501}", "5:65: `timeoutMs` (501) is more than `intervalMs` (500)")]
    [InlineData("healthCheck: {kind: tcp, healthyThreshold: 0}", "5:55: `healthyThreshold` is `0`")]
    [InlineData("healthCheck: {kind: tcp, port: 0}", "5:43: `port` is `0`")]
    [InlineData("retries: {}", "5:12: unknown key `retries` in `client`; it belongs under `service`; legal here: kind, loadBalancer")]
    [InlineData("maxConcurrentRequests: 5", "5:12: unknown key `maxConcurrentRequests` in `client`; it belongs under `servers`;")]
    [InlineData("concurrency: {kind: fixed, initialRequests: 5}",
        "5:39: unknown key `initialRequests` in concurrency `fixed`; kind `adaptive` has it; legal here:")]
    [InlineData("failureAccrual: {kind: consecutiveFailure}",
        "5:35: unknown kind `consecutiveFailure` for a failure accrual; did you mean `io.l5d.consecutiveFailures`?")]
    public void OfClients_SayWhereAndWhat(string keys, string begins) => AssertOnlyFault($"  client: {{{keys}}}\n", begins);

    /// <summary>Keys of <c>service</c>, and how the only fault begins.</summary>
    [Theory]
    [InlineData("retries: {maxBufferBytes: 1048577}",
        "5:39: `maxBufferBytes` is `1048577`; it must be a whole number of bytes from 0 to 1048576")]
    [InlineData("retries: {maxRetries: 101}", "5:35: `maxRetries` is `101`")]
    [InlineData("retries: {hedgeDelayMs: 0}", "5:37: `hedgeDelayMs` is `0`; it must be a whole number of ms from 1")]
    [InlineData("retries: {percentCanRetry: 0.1}", "5:23: unknown key `percentCanRetry` in `retries`; it belongs under `budget`")]
    [InlineData("retries: {budget: {percentCanRetry: 20%}}",
        "5:49: `percentCanRetry` is `20%`; it must be a number of retries per request from 0 to 1000")]
    [InlineData("retries: {backoff: {ms: 5}}", "5:32: a backoff needs `kind`; supported are `constant`, `jittered`, `equalJittered`")]
    [InlineData("responseClassifier: {kind: io.l5d.http.retryableAll5xx}",
        "5:40: unknown kind `io.l5d.http.retryableAll5xx` for a response classifier; did you mean")]
    [InlineData("requestAttemptTimeoutMs: 5", "5:13: unknown key `requestAttemptTimeoutMs` in `service`; it belongs under `client`;")]
    [InlineData("configs: []", "5:13: unknown key `configs` in `service`; kind `io.l5d.static` has it;")]
    [InlineData("rateLimits: {requestsPerSec: 5}", "5:25: `rateLimits` is a mapping; it must be a list")]
    [InlineData("rateLimits: [{burst: 5}]", "5:26: an item of `rateLimits` needs `requestsPerSec`; the steady rate")]
    [InlineData("rateLimits: [{requestsPerSec: 0}]",
        "5:43: `requestsPerSec` is `0`; it must be a number of requests per second from 0.001 to 1000000")]
    [InlineData("rateLimits: [{requestsPerSec: 5, burst: 0}]", "5:53: `burst` is `0`")]
    [InlineData("rateLimits: [{requestsPerSec: 5, caller: source}]",
        "5:54: a request key is a single value here; it must be a mapping that begins with")]
    [InlineData("faultInjection: [{share: 0.5}]",
        "5:30: an item of `faultInjection` does nothing; give it `delayMs`, `abortStatus` or both")]
    [InlineData("faultInjection: [{abortStatus: 399}]", "5:44: `abortStatus` is `399`; it must be a whole number from 400 to 599")]
    [InlineData("faultInjection: [{abortStatus: 500, share: 50}]", "5:56: `share` is `50`; it must be a number from 0 to 1 (default 1)")]
    [InlineData("faultInjection: [{abortStatus: 500, value: x}]",
        "5:56: `value` has no `header` to be the value of; add `header`, or remove it")]
    [InlineData("faultInjection: [{abortStatus: 500, header: x, value: ' '}]", "5:67: `value` is ` `; it must be text on one line")]
    [InlineData("faultInjection: [{abortStatus: 500, header: 'a b'}]", "5:57: `header` is `a b`; it must be the name of a header")]
    public void OfServices_SayWhereAndWhat(string keys, string begins) => AssertOnlyFault($"  service: {{{keys}}}\n", begins);

    [Theory]
    [InlineData("rateLimits", "{requestsPerSec: 1}")]
    [InlineData("faultInjection", "{delayMs: 1}")]
    public void ListsOfAService_AreShort(string key, string item)
    {
        string Items(int count) => $"  service: {{{key}: [{string.Join(", ", Enumerable.Repeat(item, count))}]}}\n";

        Assert.Empty(Loading.Faults(Loading.Minimal + Items(8)));
        Assert.EndsWith(
            $"`{key}` has 9 items; at most 8 are allowed", Assert.Single(Loading.Faults(Loading.Minimal + Items(9))), StringComparison.Ordinal);
    }

    /// <summary>Whoever leaves a required key out is told that it is missing, not that it has a default.</summary>
    [Fact]
    public void ARequiredKey_HasNoDefaultInItsMessage()
    {
        string fault = Assert.Single(Loading.Faults(
            Loading.Minimal + "  client: {failureAccrual: {kind: successRate, successRate: 90, requests: 5}}\n"));

        Assert.EndsWith("it must be a number from 0 to 1", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void AMisplacedKey_IsSentToTheNearestPlaceThatHasIt() =>
        Assert.StartsWith("f:5:3: unknown key `timeoutMs` in a router; it belongs under `servers`;",
            Assert.Single(Loading.Faults(Loading.Minimal + "  timeoutMs: 5\n")), StringComparison.Ordinal);

    /// <summary>Values that load, do what they say, and are hardly what was meant.</summary>
    [Theory]
    [InlineData("client: {kind: io.l5d.static, configs: [{prefix: /svc/web}]}", "5:52: warning: `prefix` matches no destination: their names begin")]
    [InlineData("service: {kind: io.l5d.static, configs: [{prefix: /#/io.l5d.fs/web}]}", "5:53: warning: `prefix` matches no service: their names")]
    [InlineData("client: {requeueBudget: {percentCanRetry: 20}}", "5:45: warning: `percentCanRetry` is 20: as many retries for every request")]
    [InlineData("service: {totalTimeoutMs: 50, retries: {hedgeDelayMs: 50}}",
        "5:57: warning: `hedgeDelayMs` (50) is not below `totalTimeoutMs` (50)")]
    public void AValueThatIsHardlyMeant_LoadsWithAWarning(string added, string begins)
    {
        ConfigResult result = Loading.Load(Loading.Minimal + $"  {added}\n");

        Assert.Empty(result.Faults);
        Assert.StartsWith($"f:{begins}", Assert.Single(Loading.Lines(result.Warnings)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("client: {kind: io.l5d.static, configs: [{prefix: /}, {prefix: '/*/io.l5d.fs'}, {prefix: '/{a}'}, {prefix: /$/inet}]}")]
    [InlineData("service: {kind: io.l5d.static, configs: [{prefix: /}, {prefix: /svc}, {prefix: '/*/web'}, {prefix: /http/web}]}")]
    [InlineData("service: {retries: {hedgeDelayMs: 50, budget: {percentCanRetry: 2.0}}}")]
    public void WhatIsMeant_LoadsWithoutOne(string added) =>
        Assert.Empty(Loading.Load(Loading.Minimal + $"  {added}\n").Warnings);

    private static void AssertOnlyFault(string added, string begins) =>
        Assert.StartsWith($"f:{begins}", Assert.Single(Loading.Faults(Loading.Minimal + added)), StringComparison.Ordinal);
}
