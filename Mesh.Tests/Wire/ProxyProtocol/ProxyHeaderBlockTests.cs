using Mesh.Wire.ProxyProtocol;
using Xunit;

namespace Mesh.Tests.Wire.ProxyProtocol;

/// <summary>Version 2, byte by byte as section 2.2 of the specification has it.</summary>
public sealed class ProxyHeaderBlockTests
{
    private const string Signature = "0d0a0d0a000d0a515549540a";
    private const string Addresses4 = "c0a80001" + "c0a8000b" + "dc04" + "01bb";
    private const string Addresses6 = "20010db8000000000000000000000001" + "00000000000000000000000000000001" + "0001" + "0002";

    [Theory]
    [InlineData("21" + "11" + "000c" + Addresses4, "192.168.0.1:56324")]
    [InlineData("21" + "21" + "0024" + Addresses6, "[2001:db8::1]:1")]
    [InlineData("21" + "11" + "0013" + Addresses4 + "04" + "0004" + "00000000", "192.168.0.1:56324")]
    [InlineData("21" + "11" + "000f" + Addresses4 + "ea" + "0000", "192.168.0.1:56324")]
    [InlineData("20" + "00" + "0000", null)]
    [InlineData("20" + "ff" + "0003" + "ffffff", null)]
    [InlineData("21" + "00" + "0000", null)]
    [InlineData("21" + "12" + "000c" + Addresses4, null)]
    [InlineData("21" + "22" + "0024" + Addresses6, null)]
    public void Block_IsRead_WithItsLastByte_AndNoFurther(string hex, string? source)
    {
        byte[] block = Convert.FromHexString(Signature + hex);
        byte[] followed = [.. block, .. "GET / HTTP/1.1\r\n"u8];

        for (int count = 0; count < block.Length; count++)
            Assert.Equal(ProxyHeaderStatus.More, ProxyHeaderReader.Read(block.AsSpan(0, count), out _));
        Assert.Equal(ProxyHeaderStatus.Header, ProxyHeaderReader.Read(followed, out ProxyHeader header));
        Assert.Equal((2, block.Length, source), (header.Version, header.Length, header.Source?.ToString()));
    }

    [Fact]
    public void UnixAddresses_ArePassedOver()
    {
        byte[] block = [.. Convert.FromHexString(Signature + "213100d8"), .. new byte[216]];

        Assert.Equal(ProxyHeaderStatus.Header, ProxyHeaderReader.Read(block, out ProxyHeader header));
        Assert.Null(header.Source);
    }

    [Theory]
    [InlineData("11" + "11" + "000c" + Addresses4)]
    [InlineData("31" + "11" + "000c" + Addresses4)]
    [InlineData("22" + "11" + "000c" + Addresses4)]
    [InlineData("21" + "13" + "000c" + Addresses4)]
    [InlineData("21" + "41" + "000c" + Addresses4)]
    [InlineData("21" + "11" + "000b" + Addresses4)]
    [InlineData("21" + "21" + "000c" + Addresses4)]
    [InlineData("21" + "31" + "0024" + Addresses6)]
    [InlineData("21" + "11" + "000e" + Addresses4 + "0400")]
    [InlineData("21" + "11" + "0010" + Addresses4 + "04000200")]
    [InlineData("21" + "11" + "0013" + Addresses4 + "03" + "0004" + "00000000")]
    [InlineData("21" + "11" + "0012" + Addresses4 + "03" + "0003" + "000000")]
    [InlineData("20" + "00" + "3ff1")]
    public void MalformedBlock_IsInvalid(string hex) =>
        Assert.Equal(ProxyHeaderStatus.Invalid, ProxyHeaderReader.Read(Convert.FromHexString(Signature + hex), out _));

    [Fact]
    public void Checksum_IsTheOneOfTheRfc() => Assert.Equal(0xE3069283, ~ProxyHeaderBlock.Checksum(uint.MaxValue, "123456789"u8));

    [Fact]
    public void BlockWithAChecksum_WhoseByteChanged_IsNeverAHeaderOfOtherAddresses()
    {
        byte[] room = new byte[ProxyHeaderWriter.MaxBytes];
        int length = ProxyHeaderWriter.WriteBlock(room, new(0x0100000a, 1234), new(0x0200000a, 443), withChecksum: true);
        byte[] block = room[..length];

        for (int at = 14; at < length; at++)
        {
            byte[] changed = [.. block];
            changed[at] ^= 0x10;
            // The value's own type changed: then there is no checksum any more.
            if (ProxyHeaderReader.Read(changed, out ProxyHeader header) == ProxyHeaderStatus.Header)
                Assert.Equal("10.0.0.1:1234", header.Source?.ToString());
        }
    }

    [Fact]
    public void AnyByteChanged_IsAVerdict_AndTheSameByteForByte()
    {
        byte[] block = Convert.FromHexString(Signature + "21" + "11" + "001a" + Addresses4 + "040004" + "00000000" + "ea0004" + "01020304");
        Random random = new(11);

        for (int i = 0; i < 5000; i++)
        {
            byte[] mutated = [.. block];
            for (int changes = random.Next(1, 4); changes > 0; changes--) mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            ProxyHeaderStatus whole = ProxyHeaderReader.Read(mutated, out ProxyHeader header);
            for (int count = 0; count < mutated.Length; count++)
            {
                ProxyHeaderStatus part = ProxyHeaderReader.Read(mutated.AsSpan(0, count), out ProxyHeader early);
                if (part != ProxyHeaderStatus.More) Assert.Equal((whole, header), (part, early));
            }
        }
    }
}
