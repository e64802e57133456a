using System.Text;
using Mesh.Tests.Wire.Http1Connections;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Detection;
using Xunit;

namespace Mesh.Tests.Wire.Detection;

public sealed class SnifferTests : IDisposable
{
    private const string Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private readonly ManualLoop _loop = new();
    private readonly FakeTransport _transport;
    private readonly List<SpokenProtocol> _told = [];

    public SnifferTests() => _transport = new FakeTransport(_loop);

    public void Dispose() => _loop.Dispose();

    [Fact]
    public void TellsOnce_AndLeavesTheBytes()
    {
        Start(silence: 60, rest: 5);

        _transport.Deliver("GET / HTTP/1.1\r\n");

        Assert.Equal([SpokenProtocol.Http1], _told);
        Assert.Null(_transport.Observer);
        Assert.Equal(16, _transport.Receive(new byte[100]));
    }

    [Fact]
    public void TransportThatDoesNotTellOfTheRest_IsLookedAtAgain()
    {
        Start(silence: 60, rest: 5);

        foreach (char each in Preface) _transport.Deliver(Encoding.Latin1.GetBytes([each]), tell: each == 'P');
        Assert.Empty(_told);
        _loop.Pass(TimeSpan.FromMilliseconds(100));

        Assert.Equal([SpokenProtocol.Http2], _told);
    }

    [Fact]
    public void SilentClient_IsToldAfterItsTime_AndStaysOpen()
    {
        Start(silence: 60, rest: 5);

        _loop.Pass(TimeSpan.FromSeconds(61));

        Assert.Equal([SpokenProtocol.Silent], _told);
        Assert.False(_transport.IsClosed);
    }

    [Theory]
    [InlineData(true, SpokenProtocol.Http1)]
    [InlineData(false, SpokenProtocol.Opaque)]
    public void RestThatDoesNotCome_MakesItSomethingElse(bool onlyHttp, SpokenProtocol expected)
    {
        Start(silence: 60, rest: 0, onlyHttp);

        _transport.Deliver("PRI * HTTP");
        _loop.Pass(TimeSpan.FromSeconds(1));

        Assert.Equal([expected], _told);
    }

    [Fact]
    public void ClientThatLeaves_OrIsDrained_IsGone_AndClosed()
    {
        Sniffer sniffer = Start(silence: 60, rest: 5);

        _transport.End();
        sniffer.Abort();

        Assert.Equal([SpokenProtocol.Gone], _told);
        Assert.True(_transport.IsClosed);
    }

    [Fact]
    public void ClientThatEndsBehindItsFirstBytes_SaidAllThereIs()
    {
        Start(silence: 60, rest: 5);
        _transport.Deliver("PRI", tell: false);

        _transport.End();

        Assert.Equal([SpokenProtocol.Http1], _told);
    }

    private Sniffer Start(int silence, int rest, bool onlyHttp = true)
    {
        const long Second = 1_000_000_000;
        Sniffer sniffer = new(_transport, new Sniffer.Settings(silence * Second, rest * Second, onlyHttp, (_, spoken) => _told.Add(spoken)));
        sniffer.Start();
        return sniffer;
    }
}
