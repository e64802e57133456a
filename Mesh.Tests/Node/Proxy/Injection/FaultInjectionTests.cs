using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Mesh.Node.Config;
using Mesh.Node.Proxy;
using Mesh.Node.Proxy.Injection;
using Mesh.Tests.Kit;
using Mesh.Tests.Wire.Http1;
using Mesh.Wire;
using Mesh.Wire.Exchange;
using Mesh.Wire.Faults;
using Xunit;

namespace Mesh.Tests.Node.Proxy.Injection;

public sealed class FaultInjectionTests
{
    private const int Draws = 20_000;

    /// <summary>Standard deviations that a fair share may be off: one property in ten million lies beyond.</summary>
    private const double Tolerance = 6;

    private static readonly Gen<double> Shares = Gen.Choose(0, 20).Select(twentieths => twentieths / 20.0);

    private static RequestHead Get(string fields = "") => Http1Kit.Accepted($"GET / HTTP/1.1\r\nHost: web\r\n{fields}\r\n");

    private static FaultInjectionConfig Abort(int status, double share = 1, string? header = null, string? value = null) =>
        new(share, header, value, null, status);

    private static int StatusOf(FaultInjection injection, RequestHead head, ulong seed = 1)
    {
        SplitMix64 random = new(seed);
        return injection.TryDraw(head, ref random, out InjectedFault fault) ? fault.AbortStatus : 0;
    }

    [Fact]
    public void Nothing_HappensWithoutRules()
    {
        SplitMix64 random = new(1);

        Assert.False(FaultInjection.None.TryDraw(Get(), ref random, out InjectedFault fault));
        Assert.Equal(default, fault);
        Assert.True(FaultInjection.Of([]).IsNone);
        Assert.True(FaultInjection.Of(default).IsNone);
    }

    [Fact]
    public void DelayAndAbort_ComeTogetherFromOneRule()
    {
        FaultInjection injection = FaultInjection.Of([new FaultInjectionConfig(1, null, null, 250, 503)]);
        SplitMix64 random = new(1);

        Assert.True(injection.TryDraw(Get(), ref random, out InjectedFault fault));
        Assert.Equal((250, 503), (fault.DelayMs, fault.AbortStatus));
    }

    [Theory]
    [InlineData("x-drill", null, "X-Drill: anything\r\n", true)]
    [InlineData("X-DRILL", null, "x-drill:\r\n", true)]
    [InlineData("x-drill", null, "", false)]
    [InlineData("x-drill", null, "x-drills: on\r\n", false)]
    [InlineData("x-drill", "on", "x-drill: \t on \t\r\n", true)]
    [InlineData("x-drill", " on\t", "x-drill: on\r\n", true)]
    [InlineData("x-drill", "on", "x-drill: On\r\n", false)]
    [InlineData("x-drill", "on", "x-drill: on, off\r\n", false)]
    [InlineData("x-drill", "on", "x-drill: off\r\nX-Drill: on\r\n", true)]
    [InlineData("x-drill", "", "x-drill:\r\n", true)]
    [InlineData("x-drill", "", "x-drill: on\r\n", false)]
    public void Rule_AsksForAHeader(string header, string? value, string fields, bool matches)
    {
        FaultInjection injection = FaultInjection.Of([Abort(500, 1, header, value)]);

        Assert.Equal(matches ? 500 : 0, StatusOf(injection, Get(fields)));
    }

    [Fact]
    public void Value_BeyondAsciiIsComparedAsItsUtf8()
    {
        FaultInjection injection = FaultInjection.Of([Abort(500, 1, "x-drill", "é")]);

        Assert.Equal(500, StatusOf(injection, Get("x-drill: \u00c3\u00a9\r\n")));
        Assert.Equal(0, StatusOf(injection, Get("x-drill: \u00e9\r\n")));
    }

    [Fact]
    public void RuleThatDoesNothing_ExemptsItsRequests()
    {
        FaultInjection injection = FaultInjection.Of([new FaultInjectionConfig(1, "x-spare", null, null, null), Abort(500)]);

        Assert.Equal(0, StatusOf(injection, Get("x-spare: me\r\n")));
        Assert.Equal(500, StatusOf(injection, Get()));
    }

    [Fact]
    public void ShareZero_IsNeverAndShareOneAlways() => Prop.ForAll<ulong>(seed =>
    {
        FaultInjection injection = FaultInjection.Of([Abort(500, 0), Abort(501, 1), Abort(502, 1)]);

        return StatusOf(injection, Get(), seed) == 501;
    }).QuickCheckThrowOnFailure();

    /// <summary>The n-th rule gets its share of what those above it left over.</summary>
    [Fact]
    public void Shares_AreExactInTheLongRun() =>
        Prop.ForAll(Shares.ListOf(3).ToArbitrary(), ArbMap.Default.ArbFor<ulong>(), static (shares, seed) =>
    {
        FaultInjection injection = FaultInjection.Of([.. shares.Select((share, index) => Abort(500 + index, share))]);
        RequestHead head = Get();
        SplitMix64 random = new(seed);
        int[] counts = new int[3];

        for (int i = 0; i < Draws; i++)
        {
            if (injection.TryDraw(head, ref random, out InjectedFault fault)) counts[fault.AbortStatus - 500]++;
        }

        double left = 1;
        for (int i = 0; i < counts.Length; i++)
        {
            double want = left * shares[i];
            if (Math.Abs(counts[i] - (Draws * want)) > Tolerance * Math.Sqrt(Draws * want * (1 - want)) + 1e-6) return false;
            left -= want;
        }

        return true;
    }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(30));

    /// <summary>With shares of 0 and 1 there is nothing random left: the first rule that matches and is switched on.</summary>
    [Fact]
    public void FirstThatMatches_HasItsWay()
    {
        Gen<(bool On, string? Header)> rule =
            ArbMap.Default.GeneratorFor<bool>().SelectMany(on => Gen.Elements(null, "x-a", "x-b").Select(header => (on, header)));

        Prop.ForAll(rule.ArrayOf().ToArbitrary(), Gen.Elements("", "x-a: 1\r\n", "x-b: 1\r\n").ToArbitrary(), static (rules, fields) =>
        {
            ImmutableArray<FaultInjectionConfig> configs =
                [.. rules.Select((each, index) => Abort(400 + (index % 200), each.On ? 1 : 0, each.Header))];

            int want = configs.FirstOrDefault(config => config.Share == 1 && IsFor(config, fields))?.AbortStatus ?? 0;
            return StatusOf(FaultInjection.Of(configs), Get(fields)) == want;

            static bool IsFor(FaultInjectionConfig config, string fields) =>
                config.Header is null || fields.StartsWith(config.Header, StringComparison.Ordinal);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Draw_AllocatesNothing()
    {
        FaultInjection injection = FaultInjection.Of([Abort(500, 0.5, "x-drill", "on"), new FaultInjectionConfig(0.5, null, null, 10, 503)]);
        RequestHead head = Get("accept: */*\r\nx-drill: on\r\n");
        SplitMix64 random = new(7);

        Assert.Equal(0, Allocated.Least(() =>
        {
            for (int i = 0; i < 1_000; i++) injection.TryDraw(head, ref random, out _);
        }));
    }

    [Fact]
    public void Report_TellsThatItIsADrillAndHowToEndIt()
    {
        FaultInjection injection = FaultInjection.Of([Abort(418, 0), Abort(503, 1, "x-drill", "on")]);
        SplitMix64 random = new(1);
        Assert.True(injection.TryDraw(Get("x-drill: on\r\n"), ref random, out InjectedFault fault));

        FaultReport report = FaultInjection.Report(fault, "/svc/users");

        Assert.Equal(new Fault(FaultStage.Admit, FaultParty.Node, FaultCause.Injected), report.Fault);
        Assert.Equal(503, report.Status);
        Assert.Equal(
            "This is a drill: faultInjection rule 2 of 2 (share 1, header x-drill: on) of /svc/users answers 503 in the backend's place; nobody was "
            + "called. To end it, take the rule out of that service's faultInjection (or set its share to 0) in the config of this node, and reload.",
            report.Text);
    }
}
