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

    [Theory]
    [InlineData("GET /a", SpokenProtocol.Http1)]
    [InlineData("SET a", SpokenProtocol.Opaque)]
    public void LineThatDoesNotEnd_IsWhatItsMethodIs(string line, SpokenProtocol expected)
    {
        Start(silence: 60, rest: 0, onlyHttp: false);

        _transport.Deliver(line);
        Assert.Empty(_told);
        _loop.Pass(TimeSpan.FromSeconds(1));

        Assert.Equal([expected], _told);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(20_000)]
    public void LongLine_IsLookedAtToItsEnd_AByteAtATimeToo(int atOnce)
    {
        byte[] line = Encoding.Latin1.GetBytes($"PROPFIND /{new string('a', 16_000)} HTTP/1.1\r\n");
        Start(silence: 60, rest: 5, onlyHttp: false);

        foreach (byte[] piece in line.Chunk(atOnce)) _transport.Deliver(piece);
        _loop.Pass(TimeSpan.FromSeconds(1));

        Assert.Equal([SpokenProtocol.Http1], _told);
        Assert.Equal(line.Length, _transport.Peek(new byte[20_000]));
    }

    [Fact]
    public void ShortLine_IsToldWithTheByteThatDecides_HoweverItIsCut()
    {
        Start(silence: 60, rest: 5, onlyHttp: false);

        foreach (char each in "NOTIFY /a/line/that/somebody/types HTTP") _transport.Deliver([(byte)each]);
        Assert.Empty(_told);
        _transport.Deliver("/");

        Assert.Equal([SpokenProtocol.Http1], _told);
    }

    /// <summary>Each look copies all that came: looks at every arrival would copy 128 MiB.</summary>
    [Fact]
    public void LineThatDrips_IsLookedAtSoSeldom_ThatAllLooksCostInProportionToIt()
    {
        Start(silence: 60, rest: 5, onlyHttp: false);

        for (int i = 0; i < 16_000; i++)
        {
            _transport.Deliver([(byte)(i == 1 ? ' ' : 'a')]);
            if (i % 100 == 0) _loop.Pass(TimeSpan.FromMilliseconds(20));
        }

        Assert.Empty(_told);
        Assert.InRange(_transport.Peeked, 16_000, 40 * 16_000);
    }

    [Fact]
    public void LastLook_IsAtTheEndOfTheTime()
    {
        Start(silence: 60, rest: 0, onlyHttp: false);
        _transport.Deliver("FOO ");

        _transport.Deliver("/ HTTP/1.1\r\n", tell: false);
        _loop.Pass(TimeSpan.FromSeconds(1));

        Assert.Equal([SpokenProtocol.Http1], _told);
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
