using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Mesh.Wire;
using Mesh.Wire.Detection;
using Xunit;

namespace Mesh.Tests.Wire.Detection;

public sealed class FirstBytesTests
{
    private static readonly string[] s_beginnings =
    [
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "PRI * HTTP/1.1\r\n", "PRI /", "PROPFIND / HTTP/1.1\r\n", "GET / HTTP/1.1\r\n", "OPTIONS * HTTP/1.1",
        "P", "", "GET /\0 HTTP/1.1\r\n", "FOO /\0 HTTP/1.1\r\n", "OPTIONS rtsp://h/a RTSP/1.0\r\n", "set foo 0 0 3\r\n", "GET /\n HTTP/1.1",
        "CONNECT a.b:443 HTTP/1.1", "\x16\x03\x01\x02\0\x01", "\x16\x03", "\x16\x04", "SSH-2.0-OpenSSH_9.6\r\n", "\0\0\0\x17", "EHLO you\r\n",
        "VERYLONGMETHODNAMETHATNOBODYHAS / HTTP/1.1", "GET  / HTTP/1.1", "*3\r\n$3\r\nSET", "get / http/1.1",
    ];

    [Theory]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", SpokenProtocol.Http2)]
    [InlineData("\x16\x03\x01\x02", SpokenProtocol.Tls)]
    [InlineData("\x16\x16", SpokenProtocol.Opaque)]
    [InlineData("PRI * HTTP/1.1\r\n", SpokenProtocol.Http1)]
    [InlineData("GET / HTTP/1.1\r\n", SpokenProtocol.Http1)]
    [InlineData("GET / HTTP/1.0\r\n", SpokenProtocol.Http1)]
    [InlineData("CONNECT a.b:443 HTTP/1.1", SpokenProtocol.Http1)]
    [InlineData("M-SEARCH * HTTP/1.1\r\n", SpokenProtocol.Http1)]
    [InlineData("MKCALENDAR /a HTTP/1.1\r\n", SpokenProtocol.Http1)]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n", SpokenProtocol.Opaque)]
    [InlineData("SSH-2.0-OpenSSH_9.6 FreeBSD-20240701\r\n", SpokenProtocol.Opaque)]
    [InlineData("*3\r\n$3\r\nSET", SpokenProtocol.Opaque)]
    [InlineData("get foo\r\n", SpokenProtocol.Opaque)]
    [InlineData("set foo 0 0 3\r\nbar\r\n", SpokenProtocol.Opaque)]
    [InlineData("SET a b\r\n", SpokenProtocol.Opaque)]
    [InlineData("GET a\r\n", SpokenProtocol.Opaque)]
    [InlineData("NICK joe\r\nUSER joe 0 * :HTTP/1.1\r\n", SpokenProtocol.Opaque)]
    [InlineData("OPTIONS rtsp://media.example/a RTSP/1.0\r\nCSeq: 1\r\n", SpokenProtocol.Opaque)]
    [InlineData("REGISTER sip:a.example SIP/2.0\r\nVia: HTTP/1.1\r\n", SpokenProtocol.Opaque)]
    [InlineData("OPTIONS icap://icap.example/a ICAP/1.0\r\n", SpokenProtocol.Opaque)]
    [InlineData("CONNECT {\"verbose\":false}\r\nPING\r\n", SpokenProtocol.Opaque)]
    [InlineData("0 \u0002\u0001", SpokenProtocol.Opaque)]
    [InlineData("ABC d\0", SpokenProtocol.Opaque)]
    [InlineData("get / http/1.1\r\n", SpokenProtocol.Opaque)]
    [InlineData("\r\nGET / HTTP/1.1\r\n", SpokenProtocol.Opaque)]
    public void Tells(string bytes, SpokenProtocol expected) => AssertTells(bytes, expected);

    [Theory]
    [InlineData("GET  / HTTP/1.1\r\n")]
    [InlineData("GET HTTP/1.1\r\n")]
    [InlineData("GET / HTTP/1.1\n")]
    [InlineData("GET / HTTP/1.1 \r\n")]
    [InlineData("GET / HTTP/11\r\n")]
    [InlineData("GET / HTTP/3.0\r\n")]
    [InlineData("GET /a b HTTP/1.1\r\n")]
    [InlineData("GET /\0 HTTP/1.1\r\n")]
    [InlineData("GET /\r HTTP/1.1\r\n")]
    [InlineData("FOO /\u00e4 HTTP/1.1\r\n")]
    public void WhatIsMalformed_AndCannotBeMeantForAnotherProtocol_IsHttp(string line) => AssertTells(line, SpokenProtocol.Http1);

    [Theory]
    [InlineData("GET", SpokenProtocol.Http1)]
    [InlineData("PATCH", SpokenProtocol.Http1)]
    [InlineData("PROPFIND", SpokenProtocol.Opaque)]
    public void ALineBeyondTheLimit_IsWhatItsMethodIs(string method, SpokenProtocol expected)
    {
        byte[] line = Encoding.Latin1.GetBytes($"{method} /{new string('a', FirstBytes.Most)}");

        Assert.False(FirstBytes.TryTell(line.AsSpan(0, FirstBytes.Most - 1), out SpokenProtocol soFar));
        Assert.True(FirstBytes.TryTell(line.AsSpan(0, FirstBytes.Most), out SpokenProtocol spoken));
        Assert.Equal((expected, expected), (soFar, spoken));
    }

    [Theory]
    [InlineData("", SpokenProtocol.Opaque)]
    [InlineData("P", SpokenProtocol.Opaque)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r", SpokenProtocol.Opaque)]
    [InlineData("\x16", SpokenProtocol.Opaque)]
    [InlineData("GET", SpokenProtocol.Opaque)]
    [InlineData("GET ", SpokenProtocol.Http1)]
    [InlineData("GET / HTTP", SpokenProtocol.Http1)]
    [InlineData("GET / RTSP/1.0\r", SpokenProtocol.Http1)]
    [InlineData("FOO / HTTP", SpokenProtocol.Opaque)]
    public void WaitsWhereMoreCouldChangeIt_AndKnowsWhatItIsIfNoMoreComes(string bytes, SpokenProtocol expected)
    {
        Assert.False(FirstBytes.TryTell(First(bytes, bytes.Length), out SpokenProtocol spoken));

        Assert.Equal(expected, spoken);
    }

    [Fact]
    public void ByteByByte_OrAllAtOnce_TheVerdictIsTheSame() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), static seed => Same(new SplitMix64((ulong)seed))).QuickCheckThrowOnFailure();

    private static bool Same(SplitMix64 random)
    {
        string start = s_beginnings[random.Next(s_beginnings.Length)];
        string bytes = start[..random.Next(start.Length + 1)];
        int more = random.Next(60);
        for (int i = 0; i < more; i++) bytes += (char)random.Next(256);
        foreach (bool onlyHttp in (bool[])[false, true])
        {
            SpokenProtocol? told = null;
            int most = onlyHttp ? FirstBytes.MostOfHttp : FirstBytes.Most;
            for (int length = 0; length <= bytes.Length; length++)
            {
                bool tells = onlyHttp
                    ? FirstBytes.TryTellHttp(First(bytes, length), out SpokenProtocol spoken)
                    : FirstBytes.TryTell(First(bytes, length), out spoken);
                if (told is { } before && (!tells || spoken != before)) return false;
                if (tells) told = spoken;
            }

            if (bytes.Length >= most && told is null) return false;
        }

        return true;
    }

    private static void AssertTells(string bytes, SpokenProtocol expected)
    {
        Assert.True(FirstBytes.TryTell(First(bytes, bytes.Length), out SpokenProtocol spoken));

        Assert.Equal(expected, spoken);
    }

    private static byte[] First(string bytes, int length) => Encoding.Latin1.GetBytes(bytes[..Math.Min(length, FirstBytes.Most)]);
}
