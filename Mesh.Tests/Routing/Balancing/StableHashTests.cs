using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Mesh.Routing.Balancing;
using Xunit;

namespace Mesh.Tests.Routing.Balancing;

public sealed class StableHashTests
{
    /// <summary>Nodes of all versions must agree: whoever changes these values moves every key of every fleet.</summary>
    [Theory]
    [InlineData("", 15_068_877_945_363_256_329UL)]
    [InlineData("a", 14_224_647_592_609_542_279UL)]
    [InlineData("01234567", 15_409_104_544_352_788_487UL)]
    [InlineData("the quick brown fox jumps", 6_373_910_373_582_417_303UL)]
    public void NeverChanges(string text, ulong expected) => Assert.Equal(expected, StableHash.Of(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void AddressesOfBothFamilies_HashAlike_IfTheyAreOne()
    {
        Assert.Equal(StableHash.Of(IPAddress.Parse("10.1.2.3")), StableHash.Of(IPAddress.Parse("::ffff:10.1.2.3")));
        Assert.NotEqual(StableHash.Of(IPAddress.Parse("10.1.2.3")), StableHash.Of(IPAddress.Parse("::10.1.2.3")));
    }

    [Fact]
    public void EndpointsOfBothFamilies_HashAlike_IfTheyAreOne()
    {
        var plain = IPEndPoint.Parse("10.1.2.3:80");

        Assert.Equal(StableHash.Of(plain), StableHash.Of(IPEndPoint.Parse("[::ffff:10.1.2.3]:80")));
        Assert.NotEqual(StableHash.Of(plain), StableHash.Of(IPEndPoint.Parse("10.1.2.3:81")));
    }

    [Fact]
    public void OneBitOfTheText_FlipsHalfOfTheHash() => Prop.ForAll(Gen.Choose(1, 40).SelectMany(Bytes).ToArbitrary(), bytes =>
    {
        ulong before = StableHash.Of(bytes);
        double flipped = 0;
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            flipped += ulong.PopCount(before ^ StableHash.Of(bytes));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        return flipped / (bytes.Length * 8) is > 22 and < 42;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void NeighbouringTexts_FallEvenlyIntoBuckets()
    {
        var counts = new int[64];

        for (int number = 0; number < 64_000; number++) counts[StableHash.Of(Encoding.ASCII.GetBytes($"user-{number}")) >> 58]++;

        Assert.All(counts, count => Assert.InRange(count, 850, 1150));
    }

    private static Gen<byte[]> Bytes(int length) => Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(length);
}
