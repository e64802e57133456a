using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Mesh.Node.Proxy.Grpc;
using Xunit;

namespace Mesh.Tests.Node.Proxy.Grpc;

public sealed class GrpcTimeoutTests
{
    [Theory]
    [InlineData("1n", 1)]
    [InlineData("100u", 100_000)]
    [InlineData("99999999m", 99_999_999_000_000)]
    [InlineData("10S", 10_000_000_000)]
    [InlineData("2M", 120_000_000_000)]
    [InlineData("1H", 3_600_000_000_000)]
    [InlineData("0S", 0)]
    [InlineData("99999999H", long.MaxValue)]
    public void Text_IsATime(string text, long nanoseconds)
    {
        Assert.True(GrpcTimeout.TryParse(Encoding.ASCII.GetBytes(text), out long value));
        Assert.Equal(nanoseconds, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("10")]
    [InlineData("10s")]
    [InlineData("-1S")]
    [InlineData("+1S")]
    [InlineData("1.5S")]
    [InlineData(" 1S")]
    [InlineData("123456789S")]
    public void OtherText_IsNone(string text) => Assert.False(GrpcTimeout.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void WhatIsWritten_IsReadAsNoMore_AndHardlyLess()
    {
        Prop.ForAll(
            Gen.Choose(0, 62).SelectMany(static bits => Gen.Choose(0, int.MaxValue).Select(part => (1L << bits) / int.MaxValue * part)).ToArbitrary(),
            static time =>
            {
                byte[] text = new byte[GrpcTimeout.LongestText];
                int length = GrpcTimeout.Write(time, text);
                Assert.True(GrpcTimeout.TryParse(text.AsSpan(0, length), out long read));
                return read <= time && time - read <= time / 100_000;
            }).QuickCheckThrowOnFailure();
    }
}
