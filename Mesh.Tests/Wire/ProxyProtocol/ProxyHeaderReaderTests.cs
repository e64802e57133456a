using System.Text;
using Mesh.Wire.ProxyProtocol;
using Xunit;

namespace Mesh.Tests.Wire.ProxyProtocol;

/// <summary>Version 1: the examples of the specification's section 2.1, and what is none of it.</summary>
public sealed class ProxyHeaderReaderTests
{
    [Theory]
    [InlineData("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535", "255.255.255.255:65535")]
    [InlineData("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n", "192.168.0.1:56324", "192.168.0.11:443")]
    [InlineData(
        "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535")]
    [InlineData("PROXY TCP6 2001:db8::1 ::1 1 0\r\n", "[2001:db8::1]:1", "[::1]:0")]
    [InlineData("PROXY TCP6 ::ffff:10.0.0.1 ::ffff:10.0.0.2 1 2\r\n", "10.0.0.1:1", "10.0.0.2:2")]
    [InlineData("PROXY UNKNOWN\r\n", null, null)]
    [InlineData("PROXY UNKNOWN ffff:f...f:ffff whatever stands here 65535 65535\r\n", null, null)]
    public void Line_IsRead_WithItsLastByte_AndNoFurther(string line, string? source, string? destination)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(line + "GET / HTTP/1.1\r\n");

        for (int count = 0; count < line.Length; count++) Assert.Equal(ProxyHeaderStatus.More, ProxyHeaderReader.Read(bytes.AsSpan(0, count), out _));
        for (int count = line.Length; count <= bytes.Length; count++)
        {
            Assert.Equal(ProxyHeaderStatus.Header, ProxyHeaderReader.Read(bytes.AsSpan(0, count), out ProxyHeader header));
            Assert.Equal((1, line.Length), (header.Version, header.Length));
            Assert.Equal((source, destination), (header.Source?.ToString(), header.Destination?.ToString()));
        }
    }

    [Theory]
    [InlineData("PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 01.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 0x7f.0.0.1 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 ::1 ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP6 ::1%1 ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 [::1] ::1 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 000001 2\r\n")]
    [InlineData("PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n")]
    [InlineData("PROXY TCP4\t1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY tcp4 1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY UNKNOWNX\r\n")]
    [InlineData("PROXY \r\n")]
    public void MalformedLine_IsInvalid(string line) => Assert.Equal(ProxyHeaderStatus.Invalid, Read(line));

    [Fact]
    public void LineWithoutAnEnd_IsInvalid_AtItsLimitAndNoEarlier()
    {
        string line = "PROXY UNKNOWN " + new string('x', 200);

        Assert.Equal(ProxyHeaderStatus.More, Read(line[..106]));
        Assert.Equal(ProxyHeaderStatus.Invalid, Read(line[..107]));
        Assert.Equal(ProxyHeaderStatus.Header, Read(line[..105] + "\r\n"));
        Assert.Equal(ProxyHeaderStatus.Invalid, Read(line[..106] + "\r\n"));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001")]
    [InlineData("\r\n\r\nGET / HTTP/1.1\r\n")]
    [InlineData("PROXYX")]
    [InlineData("PROXZ")]
    public void OtherBytes_AreMissingIt_AsSoonAsTheyDiffer(string bytes) => Assert.Equal(ProxyHeaderStatus.Missing, Read(bytes));

    [Fact]
    public void AnyByteChanged_IsAVerdict_AndTheSameByteForByte()
    {
        byte[] line = "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n"u8.ToArray();
        Random random = new(7);

        for (int i = 0; i < 5000; i++)
        {
            byte[] mutated = [.. line];
            for (int changes = random.Next(1, 4); changes > 0; changes--) mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            ProxyHeaderStatus whole = ProxyHeaderReader.Read(mutated, out ProxyHeader header);
            for (int count = 0; count < mutated.Length; count++)
            {
                ProxyHeaderStatus part = ProxyHeaderReader.Read(mutated.AsSpan(0, count), out ProxyHeader early);
                if (part != ProxyHeaderStatus.More) Assert.Equal((whole, header), (part, early));
            }
        }
    }

    private static ProxyHeaderStatus Read(string bytes) => ProxyHeaderReader.Read(Encoding.Latin1.GetBytes(bytes), out _);
}
