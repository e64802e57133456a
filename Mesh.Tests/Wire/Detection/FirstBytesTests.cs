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
        "P", "",
        "CONNECT a.b:443 HTTP/1.1", "\x16\x03\x01\x02\0\x01", "\x16\x03", "\x16\x04", "SSH-2.0-OpenSSH_9.6\r\n", "\0\0\0\x17", "EHLO you\r\n",
        "VERYLONGMETHODNAMETHATNOBODYHAS / HTTP/1.1", "GET  / HTTP/1.1", "*3\r\n$3\r\nSET", "get / http/1.1",
    ];

    [Theory]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", SpokenProtocol.Http2)]
    [InlineData("PRI * HTTP/1.1\r\n", SpokenProtocol.Http1)]
    [InlineData("GET / HTTP/1.1\r\n", SpokenProtocol.Http1)]
    [InlineData("CONNECT a.b:443 HTTP/1.1", SpokenProtocol.Http1)]
    [InlineData("\x16\x03\x01\x02", SpokenProtocol.Tls)]
    [InlineData("\x16\x16", SpokenProtocol.Opaque)]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n", SpokenProtocol.Opaque)]
    [InlineData("*3\r\n$3\r\nSET", SpokenProtocol.Opaque)]
    [InlineData("GET  / HTTP/1.1", SpokenProtocol.Opaque)]
    public void Tells(string bytes, SpokenProtocol expected)
    {
        Assert.True(FirstBytes.TryTell(First(bytes, bytes.Length), out SpokenProtocol spoken));

        Assert.Equal(expected, spoken);
    }

    [Theory]
    [InlineData("")]
    [InlineData("P")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r")]
    [InlineData("\x16")]
    [InlineData("GET")]
    [InlineData("GET ")]
    public void WaitsWhereMoreCouldChangeIt(string bytes) => Assert.False(FirstBytes.TryTell(First(bytes, bytes.Length), out _));

    [Fact]
    public void ByteByByte_OrAllAtOnce_TheVerdictIsTheSame() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), static seed => Same(new SplitMix64((ulong)seed))).QuickCheckThrowOnFailure();

    private static bool Same(SplitMix64 random)
    {
        string start = s_beginnings[random.Next(s_beginnings.Length)];
        string bytes = start[..random.Next(start.Length + 1)];
        int more = random.Next(30);
        for (int i = 0; i < more; i++) bytes += (char)random.Next(256);
        foreach (bool onlyHttp in (bool[])[false, true])
        {
            SpokenProtocol? told = null;
            for (int length = 0; length <= bytes.Length; length++)
            {
                bool tells = onlyHttp
                    ? FirstBytes.TryTellHttp(First(bytes, length), out SpokenProtocol spoken)
                    : FirstBytes.TryTell(First(bytes, length), out spoken);
                if (told is { } before && (!tells || spoken != before)) return false;
                if (tells) told = spoken;
            }

            if (bytes.Length >= FirstBytes.Most && told is null) return false;
        }

        return true;
    }

    private static byte[] First(string bytes, int length) => Encoding.Latin1.GetBytes(bytes[..Math.Min(length, FirstBytes.Most)]);
}
