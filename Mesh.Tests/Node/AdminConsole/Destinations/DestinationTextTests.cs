using Mesh.Node.AdminConsole.Destinations;
using Mesh.Routing.Accrual;
using Mesh.Routing.Destinations;
using Xunit;

namespace Mesh.Tests.Node.AdminConsole.Destinations;

public sealed class DestinationTextTests
{
    private static readonly RequestRates s_rates = new(
        1999, 1, TimeSpan.FromMilliseconds(3.14), TimeSpan.FromMilliseconds(25.3), TimeSpan.FromSeconds(75));

    private static readonly RequestRates s_none = new(0, 0, null, null, null);

    private static readonly DestinationStatus s_status = Some.Status(
        Some.Endpoint(1), Some.Endpoint(2, EndpointCondition.Dead, new Evidence.InARow(Outcome.Failure, 5), TimeSpan.FromSeconds(3)));

    [Fact]
    public void AList_IsATable_OfAtMost80ColumnsWhereNamesAreUsual()
    {
        DestinationFacts[] all =
        [
            Some.Facts(s_status, s_rates, new LimitFacts(20, 20, 3)),
            Some.Facts(Some.Status(), s_rates) with { Router = "a" },
        ];

        string[] lines = Written(text => DestinationText.WriteList(text, all));

        Assert.Equal(
        [
            "CLIENT             | ROUTER | LIVE | OUT | OK    | P50    | P99   | REMARKS",
            "/#/io.l5d.fs/users | http   | 1/2  | 0   | 99.9% | 3.1 ms | 25 ms | 1 dead, limit 20/20, 3 wait",
            "/#/io.l5d.fs/users | a      | 0/0  | 0   | 99.9% | 3.1 ms | 25 ms | no address",
            "Count: 2 destinations; attempts of the last 75 s",
        ],
        lines);
    }

    [Fact]
    public void WhoLooksFirst_IsToldThatRatesAreOld()
    {
        string[] lines = Written(text => DestinationText.WriteList(text, [Some.Facts(s_status, s_none)]));

        Assert.Equal("/#/io.l5d.fs/users | http   | 1/2  | 0   | -  | -   | -   | 1 dead", lines[1]);
        Assert.Equal("Count: 1 destinations; attempts since they were bound; look again in a minute", lines[2]);
        Assert.Equal("Count: 0 destinations", Written(static text => DestinationText.WriteList(text, []))[^1]);
    }

    [Fact]
    public void ADestination_TellsOfEachEndpointWhyItRests_AndWhatHappenedLately()
    {
        EndpointTransition died = new(
            s_status.Id, s_status.Endpoints[1].Address, EndpointMove.Died, Outcome.Failure, -4_000_000_000, new Evidence.InARow(Outcome.Failure, 5));
        DestinationFacts facts = Some.Facts(s_status with { Recent = [died] }, s_rates, new LimitFacts(20, 1, 0));

        string[] lines = Written(text => DestinationText.Write(text, facts, DateTimeOffset.UnixEpoch));

        Assert.Equal(
        [
            "/#/io.l5d.fs/users | router http | live 1/2 | out 0 | 1 dead",
            "attempts: 2000, 99.9% ok | p50 3.1 ms | p99 25 ms | of the last 75 s",
            "balancer: ewma | accrual: 5 failures in a row; rests 5 s to 300 s, equal jitter",
            "limit: 1 of 20 out, 0 wait",
            "127.0.0.1:1 | alive for 4 s | weight 1 | out 0 | ewma 2 ms | idle 1, busy 2",
            "127.0.0.1:2 | dead for 4 s | weight 1 | out 0 | ewma 2 ms | idle 1, busy 2",
            "  5 failures in a row; next probe in 3 s",
            "# 1969-12-31T23:59:56.000Z 127.0.0.1:2 died: 5 failures in a row",
            "Count: 2 endpoints, 0 remembered",
        ],
        lines);
    }

    [Theory]
    [InlineData(0.0003, "300 us")]
    [InlineData(0.0031, "3.1 ms")]
    [InlineData(0.044, "44 ms")]
    [InlineData(3.14, "3.1 s")]
    [InlineData(75, "75 s")]
    [InlineData(3600, "60 min")]
    [InlineData(864000, "240 h")]
    public void Spans_AreSaidAsPeopleSayThem(double seconds, string text) =>
        Assert.Equal(text, DestinationText.Span(TimeSpan.FromMicroseconds(seconds * 1e6)));

    private static string[] Written(Action<TextWriter> write)
    {
        using StringWriter text = new() { NewLine = "\n" };
        write(text);
        return text.ToString().TrimEnd('\n').Split('\n');
    }
}
