using Mesh.Tests.Wire.Http1;
using Mesh.Tests.Wire.Http2.Heads;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2;
using Mesh.Wire.Http2.Heads;
using Xunit;

namespace Mesh.Tests.Wire.Http2;

/// <summary>What counts as an offer of HTTP/2, and what its request becomes.</summary>
public sealed class H2cOfferTests
{
    private const string Rest = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n";

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n" + Rest)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n" + Rest)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nConnection: http2-SETTINGS\r\nConnection: upgrade\r\nUpgrade: a, H2C\r\nHttp2-Settings: AAMAAABk\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings:\r\n")]
    public void Offers(string raw) => Assert.True(Reads(raw, out _));

    [Fact]
    public void SettingsAreThePayloadOfAFrame()
    {
        Assert.True(Reads("GET / HTTP/1.1\r\nHost: x\r\n" + Rest, out byte[] settings));
        Assert.Equal("000300000064000402000000000200000000", Convert.ToHexString(settings));
    }

    [Theory]
    [InlineData("Connection: Upgrade\r\nUpgrade: h2c\r\n")] // no settings
    [InlineData("Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n")] // not listed: a proxy wrote Connection
    [InlineData("Connection: HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n")]
    [InlineData("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2\r\nHTTP2-Settings: AAMAAABk\r\n")] // that is with TLS
    [InlineData("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nHTTP2-Settings: AAMAAABk\r\n")]
    [InlineData("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAAA\r\n")] // five bytes
    [InlineData("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM+AAB/\r\n")] // not the URL's alphabet
    [InlineData("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AASAAAAA\r\n")] // a window of 2^31
    [InlineData("Content-Length: 1\r\n" + Rest)]
    [InlineData("Transfer-Encoding: chunked\r\n" + Rest)]
    public void IsNone(string lines) => Assert.False(Reads("GET / HTTP/1.1\r\nHost: x\r\n" + lines, out _));

    [Fact]
    public void SettingsBeyondTheLimit_AreNoOffer()
    {
        string most = string.Concat(Enumerable.Repeat("AAMAAABk", 16));

        Assert.True(Reads(With(most), out byte[] settings));
        Assert.False(Reads(With(most + "AAMAAABk"), out _));
        Assert.Equal(H2cOffer.MaxSettingsBytes, settings.Length);

        static string With(string settings) =>
            $"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: {settings}\r\n";
    }

    [Fact]
    public void OfHttp10_IsNone() => Assert.False(Reads("GET / HTTP/1.0\r\nHost: x\r\n" + Rest, out _));

    [Theory]
    [InlineData(
        "GET /a?b HTTP/1.1\r\nHost: Web:80\r\nX-One: 1\r\nX-Hop: 2\r\nConnection: X-Hop\r\nTE: trailers\r\nCookie: a=b\r\nContent-Length: 0\r\n",
        "GET /a?b HTTP/1.1\r\nhost: Web:80\r\nx-one: 1\r\ncontent-length: 0\r\nte: trailers\r\ncookie: a=b\r\n\r\n")]
    [InlineData("GET http://other?q HTTP/1.1\r\nHost: web\r\n", "GET /?q HTTP/1.1\r\nhost: other\r\n\r\n")]
    [InlineData("OPTIONS http://other HTTP/1.1\r\nHost: web\r\n", "OPTIONS * HTTP/1.1\r\nhost: other\r\n\r\n")]
    [InlineData("GET http://other HTTP/1.1\r\nHost: web\r\n", "GET / HTTP/1.1\r\nhost: other\r\n\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost:\r\n", "OPTIONS * HTTP/1.1\r\n\r\n")]
    public void RequestBecomesThatOfAStream(string raw, string expected)
    {
        RequestHead offered = Http1Kit.Accepted(raw + Rest + "\r\n");
        RequestHeadBuilder builder = new(Http1Limits.Default);
        RequestHead head = new();
        builder.Begin(head);

        UpgradedHead.CopyTo(new HeadBuilder.Sink(builder), offered);

        Assert.Equal(RejectReason.None, builder.Finish(endStream: true));
        string stands = HeadKit.Text(head.Arena.AsSpan(head.Start, head.End - head.Start));
        Assert.Equal((expected, "http", true), (stands, HeadKit.Text(head.Scheme), head.IsHttp2));
        builder.Release();
    }

    private static bool Reads(string raw, out byte[] settings)
    {
        byte[] room = new byte[H2cOffer.MaxSettingsBytes];
        bool reads = H2cOffer.TryRead(Http1Kit.Accepted(raw + "\r\n"), room, out int length);
        settings = room[..length];
        return reads;
    }
}
