using System.Collections.Immutable;
using Mesh.Node.Config;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>The policies document: what it means, and what is said where it is wrong.</summary>
public sealed class RoutePolicyTests
{
    [Fact]
    public void EveryKey_IsRead()
    {
        RoutePolicyConfig rule = One("""
            policies:
            - match: {service: /svc/users, pathPrefix: /v1/, method: GET, headers: [{name: x-a, value: '1'}, {name: x-b}]}
              resilience: {totalTimeoutMs: 1000, requestAttemptTimeoutMs: 200, retries: {maxRetries: 2, budget: {minRetriesPerSec: 1}}}
              headers: {request: {set: [{name: x-c, value: d}], add: [{name: x-e, value: ''}], remove: [x-f]}, response: {remove: [server]}}
              rewrite: {prefix: /v2, host: 'users:81'}
              mirror: {to: /svc/shadow, percent: 2.5, maxInFlight: 7}
              fault: {abort: {status: 503, percent: 1}, delay: {ms: 20}}
            """);

        Assert.Equal(("/svc/users", "/v1", "GET"), (rule.Match.Service.Text, rule.Match.PathPrefix, rule.Match.Method));
        Assert.Equal([("x-a", "1"), ("x-b", null)], rule.Match.Headers.Select(static header => (header.Name, header.Value)));
        Assert.Equal((200, true), (rule.Resilience!.AttemptTimeoutMs, rule.Resilience.HasBudget));
        ServiceConfig service = rule.Resilience.Over(ServiceConfig.Default);
        Assert.Equal((1000, 2, 1), (service.TotalTimeoutMs, service.Retries.MaxRetries, service.Retries.Budget.MinRetriesPerSecond));
        Assert.Equal(new HeaderValueConfig("x-c", "d"), Assert.Single(rule.Headers!.Request!.Set));
        Assert.Equal(new HeaderValueConfig("x-e", ""), Assert.Single(rule.Headers.Request.Add));
        Assert.Equal(("x-f", "server"), (Assert.Single(rule.Headers.Request.Remove), Assert.Single(rule.Headers.Response!.Remove)));
        Assert.Equal(new RewriteConfig("users:81", new PathChangeConfig("/v2", null)), rule.Rewrite);
        Assert.Equal(new MirrorConfig("/svc/shadow", 2.5, 7), rule.Mirror);
        Assert.Equal(new PolicyFaultConfig(503, 1, 20, 100), rule.Fault);
        Assert.Equal(
            new RedirectConfig(302, "https", null, new PathChangeConfig(null, null)),
            One("{\"policies\": [{\"redirect\": {\"scheme\": \"https\"}}]}").Redirect);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("policies: []", 0)]
    [InlineData("policies: [{rewrite: {path: /}}, {rewrite: {path: /a}}]", 2)]
    public void Rules_AreCounted(string text, int count) => Assert.Equal((count, 0), Counts(text));

    [Theory]
    [InlineData("- {}", "2:3: an item of `policies` does nothing")]
    [InlineData("- match: {pathPrefix: v1}\n  rewrite: {path: /a}", "2:23: `pathPrefix` is `v1`; it must be a path such as `/v1`")]
    [InlineData("- rewrite: {path: '/a?b'}", "2:19: `path` is `/a?b`")]
    [InlineData("- rewrite: {path: \"/a b\"}", "2:19: `path` is `/a b`")]
    [InlineData("- rewrite: {}", "2:12: `rewrite` changes nothing")]
    [InlineData("- rewrite: {prefix: /a}", "2:21: `prefix` of `rewrite` stands in for `match.pathPrefix`, and there is none")]
    [InlineData("- match: {pathPrefix: /b}\n  rewrite: {prefix: /a, path: /c}", "3:31: `path` and `prefix` contradict each other")]
    [InlineData("- redirect: {status: 301}", "2:13: `redirect` leads back to itself")]
    [InlineData("- redirect: {path: /a, status: 200}", "2:32: `status` is `200`; it must be 301, 302, 303, 307 or 308")]
    [InlineData("- redirect: {scheme: ftp}", "2:22: `scheme` is `ftp`")]
    [InlineData("- redirect: {host: \"a\\r\\nb\"}", "2:20: `host` is")]
    [InlineData("- redirect: {path: /a}\n  mirror: {to: /svc/x}", "3:11: `mirror` beside `redirect` never comes about")]
    [InlineData("- mirror: {}", "2:11: `mirror` needs `to`")]
    [InlineData("- mirror: {to: /}", "2:16: `to` is `/`")]
    [InlineData("- mirror: {to: /svc/x, percent: 101}", "2:33: `percent` is `101`")]
    [InlineData("- mirror: {to: /svc/x, maxInFlight: 0}", "2:37: `maxInFlight` is `0`")]
    [InlineData("- fault: {}", "2:10: `fault` does nothing")]
    [InlineData("- fault: {abort: {percent: 1}}", "2:18: `abort` needs `status`")]
    [InlineData("- fault: {abort: {status: 200}}", "2:27: `status` is `200`")]
    [InlineData("- headers: {}", "2:12: `headers` changes nothing")]
    [InlineData("- headers: {request: {set: [{name: l5d-dtab, value: x}]}}", "2:36: `name` is `l5d-dtab`")]
    [InlineData("- headers: {request: {add: [{name: Mesh-Instance, value: x}]}}", "2:36: `name` is `Mesh-Instance`")]
    [InlineData("- headers: {request: {remove: [Connection]}}", "2:32: `remove` is `Connection`")]
    [InlineData("- headers: {response: {remove: [transfer_encoding]}}", "2:33: `remove` is `transfer_encoding`")]
    [InlineData("- headers: {response: {set: [{name: Content-Length, value: '1'}]}}", "2:37: `name` is `Content-Length`")]
    [InlineData("- headers: {request: {set: [{name: Host, value: a}]}}", "2:36: `name` is `Host`")]
    [InlineData("- headers: {request: {set: [{name: 'a b', value: a}]}}", "2:36: `name` is `a b`")]
    [InlineData("- headers: {request: {set: [{name: a, value: \"b\\r\\nc: d\"}]}}", "2:46: `value` is")]
    [InlineData("- headers: {request: {set: [{name: a}]}}", "2:29: an item of `set` or `add` needs `value`")]
    [InlineData("- resilience: {rateLimits: []}", "2:16: unknown key `rateLimits` in `resilience`")]
    [InlineData("- match: {method: 'GE T'}\n  rewrite: {path: /}", "2:19: `method` is `GE T`")]
    public void AFault_IsToldWithItsPlace(string rules, string fault)
    {
        IReadOnlyList<ConfigFault> faults = RoutePolicyReader.Read("policies:\n" + rules).Faults;

        Assert.Single(faults);
        Assert.StartsWith($"policies:{fault}", faults[0].ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x-forwarded-client-cert", "`forwardClientCert`")]
    [InlineData("X-Forwarded_Client-Cert", "`forwardClientCert`")]
    [InlineData("Via", "each hop adds itself")]
    [InlineData("forwarded", "`addForwardedHeader`")]
    [InlineData("Max-Forwards", "counts it down")]
    [InlineData("grpc-timeout", "what is left of the time")]
    [InlineData("Sec-WebSocket-Key", "one connection")]
    [InlineData("sec-websocket-accept", "one connection")]
    [InlineData("l5d-reqid", "the mesh's own")]
    [InlineData("L5D_dst_service", "the mesh's own")]
    [InlineData("mesh-mirror", "the mesh's own")]
    public void AFieldThatTheHopWrites_IsNeitherChangedNorAskedFor_AndTheFaultNamesItAndSaysWhy(string name, string why)
    {
        string[] rules =
        [
            $"- headers: {{request: {{set: [{{name: {name}, value: x}}]}}}}", $"- headers: {{response: {{set: [{{name: {name}, value: x}}]}}}}",
            $"- headers: {{request: {{add: [{{name: {name}, value: x}}]}}}}", $"- headers: {{request: {{remove: [{name}]}}}}",
            $"- match: {{headers: [{{name: {name}}}]}}\n  rewrite: {{path: /}}",
        ];

        foreach (string rule in rules)
        {
            ConfigFault fault = Assert.Single(RoutePolicyReader.Read("policies:\n" + rule).Faults);
            Assert.Contains($"is `{name}`; a ", fault.ToString(), StringComparison.Ordinal);
            Assert.Contains(why, fault.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("host")]
    [InlineData("upgrade")]
    [InlineData("content-length")]
    [InlineData("traceparent")]
    public void AFieldThatTheClientAloneDecidesOn_MayBeAskedFor(string name) =>
        Assert.Empty(RoutePolicyReader.Read($"policies:\n- match: {{headers: [{{name: {name}}}]}}\n  rewrite: {{path: /}}").Faults);

    [Fact]
    public void MoreRulesThanTheLimit_AreAFault()
    {
        string rules = string.Concat(Enumerable.Repeat("- rewrite: {path: /}\n", RoutePolicyConfig.MaxRules + 1));

        Assert.StartsWith("policies:2:1: `policies` has 101 items", RoutePolicyReader.FirstFaults("policies:\n" + rules), StringComparison.Ordinal);
    }

    [Fact]
    public void ARouter_HasTheSameKey_AndRulesAreEqualWhereTheyAreWrittenAlike()
    {
        ImmutableArray<RoutePolicyConfig> block = Policies("  policies:\n  - match: {method: GET}\n    rewrite: {path: /a}\n");
        ImmutableArray<RoutePolicyConfig> flow = Policies("  policies: [{rewrite: {path: '/a'}, match: {method: GET}}]\n");
        ImmutableArray<RoutePolicyConfig> other = Policies("  policies: [{rewrite: {path: /b}, match: {method: GET}}]\n");

        Assert.Equal(block.AsEnumerable(), flow);
        Assert.NotEqual(block.AsEnumerable(), other);
        Assert.Empty(Policies(""));
    }

    private static ImmutableArray<RoutePolicyConfig> Policies(string keys) => Loading.Config(Loading.Minimal + keys).Routers[0].Policies;

    private static (int Rules, int Faults) Counts(string text)
    {
        (ImmutableArray<RoutePolicyConfig> rules, IReadOnlyList<ConfigFault> faults) = RoutePolicyReader.Read(text);
        return (rules.Length, faults.Count);
    }

    private static RoutePolicyConfig One(string text)
    {
        (ImmutableArray<RoutePolicyConfig> rules, IReadOnlyList<ConfigFault> faults) = RoutePolicyReader.Read(text);
        Assert.True(faults.Count == 0, string.Join('\n', faults));
        return Assert.Single(rules);
    }
}
