using System.Collections.Immutable;
using System.Net;
using Mesh.Node.Config;
using Mesh.Node.Proxy;
using Mesh.Node.Proxy.RateLimits;
using Mesh.Routing.Limits;
using Mesh.Tests.Kit;
using Mesh.Tests.Wire.Http1;
using Mesh.Wire.Exchange;
using Mesh.Wire.Faults;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Node.Proxy.RateLimits;

public sealed class ServiceLimitsTests
{
    private const long Second = 1_000_000_000;
    private static readonly Path s_users = Path.Parse("/svc/users");
    private static readonly RequestKeyConfig s_byUser = new(RequestKeyKind.Header, "x-user");
    private readonly FakeTime _time = new();
    private readonly RateLimitTable _table;

    public ServiceLimitsTests() => _table = new RateLimitTable(_time);

    [Fact]
    public void NoLimits_LetEverythingIn()
    {
        ServiceLimits limits = _table.Acquire(s_users, []);

        Assert.Same(ServiceLimits.None, limits);
        Assert.True(limits.IsNone);
        for (int i = 0; i < 1000; i++) Assert.True(Takes(limits, Request()));
        _table.Release(limits);
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void ARefusal_NamesServiceLimitAndKey_AndSaysWhenToComeAgain()
    {
        ServiceLimits limits = _table.Acquire(s_users, [Limit(0.4, 1, s_byUser)]);
        Assert.True(limits.TryTake(Request("x-user: alice"), null, Second, out FaultReport none));

        Assert.False(limits.TryTake(Request("x-user: alice"), null, Second, out FaultReport refusal));

        Assert.True(none.IsNone);
        Assert.Equal(new Fault(FaultStage.Admit, FaultParty.Client, FaultCause.RateLimited), refusal.Fault);
        Assert.Equal((3, 429), (refusal.RetryAfterSeconds, FaultResponses.StatusOf(refusal)));
        Assert.Contains("/svc/users takes 0.4 requests a second from each caller (header x-user)", refusal.Text, StringComparison.Ordinal);
        Assert.Contains("rateLimits (requestsPerSec, burst)", refusal.Text, StringComparison.Ordinal);
        Assert.Equal(("0.4/s by header x-user", 1L), (limits.All[0].Name, limits.All[0].Refused));
    }

    [Fact]
    public void Callers_AreToldApart_ThoseWithoutTheKeyAreOne()
    {
        ServiceLimits limits = _table.Acquire(s_users, [Limit(1, 1, s_byUser)]);

        Assert.True(Takes(limits, Request("x-user: alice")));
        Assert.True(Takes(limits, Request("x-user: bob")));
        Assert.True(Takes(limits, Request()));
        Assert.False(Takes(limits, Request("x-user: alice")));
        Assert.False(Takes(limits, Request("x-user:")));
    }

    [Fact]
    public void Addresses_AreCallersToo()
    {
        ServiceLimits limits = _table.Acquire(s_users, [Limit(1, 1, RequestKeyConfig.Source)]);

        Assert.True(limits.TryTake(Request(), IPAddress.Parse("10.0.0.1"), Second, out _));
        Assert.True(limits.TryTake(Request(), IPAddress.Parse("10.0.0.2"), Second, out _));
        Assert.False(limits.TryTake(Request(), IPAddress.Parse("10.0.0.1"), Second, out _));
    }

    [Fact]
    public void ARequestThatOneLimitRefuses_CostsTheOthersNothing()
    {
        ServiceLimits limits = _table.Acquire(s_users, [Limit(1, 2), Limit(2, 2, RequestKeyConfig.Source), Limit(3, 1, s_byUser)]);
        Assert.True(Takes(limits, Request("x-user: alice")));

        for (int i = 0; i < 10; i++) Assert.False(Takes(limits, Request("x-user: alice")));

        Assert.True(Takes(limits, Request("x-user: bob")));
        Assert.Equal([0L, 0L, 10L], limits.All.Select(static limit => limit.Refused));
    }

    [Fact]
    public void NeitherTakingNorRefusing_Allocates()
    {
        ServiceLimits limits = _table.Acquire(s_users, [Limit(100, 10), Limit(1, 1, s_byUser)]);
        RequestHead head = Request("x-user: alice");
        Takes(limits, head);

        Assert.Equal(0, Allocated.Least(() =>
        {
            for (int i = 0; i < 1000; i++) limits.TryTake(head, IPAddress.Loopback, Second + i, out _);
        }));
    }

    [Fact]
    public void AllBindingsOfAName_ShareItsLimits()
    {
        ImmutableArray<ServiceRateLimitConfig> config = [Limit(1, 1)];
        ServiceLimits plain = _table.Acquire(s_users, config);

        ServiceLimits withOverrides = _table.Acquire(Path.Parse("/svc/users"), config);

        Assert.Same(plain, withOverrides);
        Assert.NotSame(plain, _table.Acquire(Path.Parse("/svc/other"), config));
        Assert.Equal(2, _table.Count);
    }

    [Fact]
    public void AReload_KeepsTheStateOfLimitsThatStay()
    {
        ServiceLimits limits = _table.Acquire(s_users, [Limit(1, 1, s_byUser), Limit(10, 5)]);
        Assert.True(Takes(limits, Request("x-user: alice")));
        ServiceLimit kept = limits.All[0];

        ServiceLimits now = _table.Reconfigure(limits, s_users, [Limit(20, 5), Limit(1, 1, s_byUser)]);

        Assert.Same(limits, now);
        Assert.Same(kept, now.All[1]);
        Assert.Equal("20/s", now.All[0].Name);
        Assert.False(Takes(now, Request("x-user: alice")));
    }

    [Fact]
    public void AReload_TakesLimitsAwayAndBringsThem()
    {
        ServiceLimits none = _table.Reconfigure(_table.Acquire(s_users, [Limit(1, 1)]), s_users, []);
        Assert.True(none.IsNone);

        ServiceLimits some = _table.Reconfigure(none, s_users, [Limit(1, 1), Limit(1, 1)]);

        Assert.Equal(2, some.All.Count);
    }

    [Fact]
    public void ForgettingABinding_FillsNoBucket()
    {
        ImmutableArray<ServiceRateLimitConfig> config = [Limit(1, 1)];
        ServiceLimits limits = _table.Acquire(s_users, config);
        Assert.True(Takes(limits, Request()));
        _table.Release(limits);

        Assert.False(Takes(_table.Acquire(s_users, config), Request()));
    }

    [Fact]
    public void IdleNames_AreBounded_AndThoseWithoutMemoryGoFirst()
    {
        ServiceLimits slow = _table.Acquire(s_users, [Limit(0.001, 10)]);
        _table.Release(slow);
        for (int i = 0; i < RateLimitTable.MaxIdle - 1; i++) _table.Release(_table.Acquire(Path.Of("svc", $"n{i}"), [Limit(1, 1)]));
        Assert.Equal(RateLimitTable.MaxIdle, _table.Count);
        _time.Advance(TimeSpan.FromSeconds(2));

        _table.Release(_table.Acquire(Path.Of("svc", "one-more"), [Limit(1, 1)]));

        Assert.Equal(2, _table.Count);
        Assert.Same(slow, _table.Acquire(s_users, [Limit(0.001, 10)]));
        for (int i = 0; i < RateLimitTable.MaxIdle + 10; i++) _table.Release(_table.Acquire(Path.Of("svc", $"m{i}"), [Limit(1, 1)]));
        Assert.InRange(_table.Count, 1, RateLimitTable.MaxIdle + 1);
        Assert.Same(slow, _table.Acquire(s_users, [Limit(0.001, 10)]));
    }

    private static ServiceRateLimitConfig Limit(double perSecond, int burst, RequestKeyConfig? caller = null) =>
        new(new RateLimitConfig(perSecond, burst), caller);

    private static RequestHead Request(string field = "x: y") => Http1Kit.Accepted($"GET / HTTP/1.1\r\nHost: users\r\n{field}\r\n\r\n");

    private static bool Takes(ServiceLimits limits, RequestHead head) => limits.TryTake(head, IPAddress.Loopback, Second, out _);
}
