using Mesh.Node.Proxy;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Exchange;
using Xunit;

namespace Mesh.Tests.Node.Proxy;

public sealed class StreamMeterTests
{
    private const long Start = 1_000;
    private readonly StreamMeter _meter = new();

    private static BodyRead Piece(int count, BodyStatus status = BodyStatus.Data) => new(new byte[count], 0, count, status, hasRoom: false);

    [Fact]
    public void Attempt_IsToldOfOnce()
    {
        _meter.Forget();
        _meter.Send(Start, hasBody: true);
        _meter.TakeFirst(Piece(10, BodyStatus.Last));

        bool first = _meter.TryEnd(Start + 500, out StreamRecord record);
        bool second = _meter.TryEnd(Start + 600, out _);

        Assert.Equal((true, false), (first, second));
        Assert.Equal(new BodyRecord(10, 0, IsWhole: true), record.Request);
        Assert.Equal((null, 500, false), (record.Response, record.DurationNs, record.IsWhole));
    }

    [Fact]
    public void RequestThatWasNeverSent_IsNoStreamOfADestination_ButOneOfItsServer()
    {
        _meter.Forget();

        bool attempt = _meter.TryEnd(Start, out _);
        StreamRecord request = _meter.EndRequest(Start, Start + 700, isRead: true, isBroken: false);

        Assert.False(attempt);
        Assert.Equal(new StreamRecord(new BodyRecord(0, 0, IsWhole: true), null, 700, IsWhole: true), request);
    }

    [Fact]
    public void RequestWithoutABody_TookNoTime_HoweverLongItsConnectionTook()
    {
        _meter.Forget();
        _meter.Send(Start + 500, hasBody: false);

        StreamRecord request = _meter.EndRequest(Start, Start + 700, isRead: true, isBroken: false);

        Assert.Equal(new BodyRecord(0, 0, IsWhole: true), request.Request);
    }

    [Fact]
    public void BodyThatIsSentTwice_CountsOnceForTheRequest()
    {
        _meter.Forget();
        _meter.Send(Start, hasBody: true);
        _meter.TakeFirst(Piece(100));
        _meter.Request.Take(Piece(50));
        _meter.TryEnd(Start + 100, out StreamRecord first);
        _meter.Send(Start + 200, hasBody: true);
        _meter.TakeFirst(Piece(40));
        _meter.TryEnd(Start + 300, out StreamRecord second);

        StreamRecord request = _meter.EndRequest(Start, Start + 400, isRead: false, isBroken: true);

        Assert.Equal((150, 40, 150), (first.Request.Bytes, second.Request.Bytes, request.Request.Bytes));
        Assert.False(request.Request.IsWhole);
    }

    [Fact]
    public void ResponseThatWasDropped_IsTheAttempts_NotTheRequests()
    {
        _meter.Forget();
        _meter.Send(Start, hasBody: false);
        _meter.Response.Take(Piece(10, BodyStatus.Last), Start + 50);
        _meter.TryEnd(Start + 100, out StreamRecord attempt);

        StreamRecord request = _meter.EndRequest(Start, Start + 100, isRead: true, isBroken: false);

        Assert.Equal(new BodyRecord(0, 0, IsWhole: true), attempt.Request);
        Assert.Null(request.Response);
    }
}
