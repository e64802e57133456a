using Mesh.Wire.Http2.Hpack;
using Xunit;

namespace Mesh.Tests.Wire.Http2.Hpack;

public sealed class HpackEncoderTests
{
    [Fact]
    public void SendsOneByteAField_OnceAHeadRepeats()
    {
        HpackEncoder encoder = new();
        TextField[] fields =
        [
            new(":method", "GET"), new(":scheme", "https"), new(":authority", "example.com"), new(":path", "/pets"),
            new("user-agent", "curl/8"), new("x-own", "always the same"),
        ];

        byte[] first = HpackKit.Encode(encoder, fields);
        byte[] second = HpackKit.Encode(encoder, fields);
        byte[] third = HpackKit.Encode(encoder, fields);

        Assert.True(first.Length > second.Length);
        Assert.Equal(fields.Length, third.Length);
    }

    [Theory]
    [InlineData("date", "Mon, 21 Oct 2013 20:13:21 GMT")]
    [InlineData("content-length", "12345")]
    [InlineData("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData(":path", "/pets?of=mine")]
    public void LeavesOut_WhatChangesWithEachMessage(string name, string value)
    {
        HpackEncoder encoder = new();

        byte[] blocks = [.. Enumerable.Range(0, 3).SelectMany(_ => HpackKit.Encode(encoder, [new(name, value)]).Take(1))];

        Assert.All(blocks, first => Assert.Equal(0x00, first & 0xF0));
    }

    [Theory]
    [InlineData("authorization", "Bearer something that is long enough", true)]
    [InlineData("proxy-authorization", "Basic x", true)]
    [InlineData("cookie", "a=short", true)]
    [InlineData("set-cookie", "a=short", true)]
    [InlineData("cookie", "session=0123456789abcdef0123456789abcdef", false)]
    [InlineData("accept", "*/*", false)]
    public void KeepsSecretsOutOfEveryTable(string name, string value, bool secret)
    {
        HpackEncoder encoder = new();
        HpackDecoder decoder = new();

        HpackKit.Decode(decoder, HpackKit.Encode(encoder, [new(name, value)]), out List<TextField> first);
        HpackKit.Decode(decoder, HpackKit.Encode(encoder, [new(name, value)]), out List<TextField> second);

        Assert.Equal(new TextField(name, value, secret), Assert.Single(first));
        Assert.Equal(new TextField(name, value, secret), Assert.Single(second));
    }

    [Fact]
    public void HandsOnTheWish_ThatNobodyIndexes()
    {
        HpackEncoder encoder = new();

        HpackKit.Decode(new HpackDecoder(), HpackKit.Encode(encoder, [new(":method", "GET", true), new("x", "y", true)]), out List<TextField> fields);

        Assert.All(fields, field => Assert.True(field.NeverIndexed));
    }

    [Theory]
    [InlineData(new uint[] { 4096 }, "")]
    [InlineData(new uint[] { 65536 }, "")]
    [InlineData(new uint[] { 0 }, "20")]
    [InlineData(new uint[] { 256, 0, 256 }, "203FE101")]
    [InlineData(new uint[] { 0, 65536 }, "203FE11F")]
    public void TellsTheTablesSize_WhenTheSettingChanged(uint[] settings, string block)
    {
        HpackEncoder encoder = new();
        foreach (uint size in settings) encoder.SetPeerTableSize(size);

        string first = Convert.ToHexString(HpackKit.Encode(encoder, []));
        string second = Convert.ToHexString(HpackKit.Encode(encoder, []));

        Assert.Equal((block, ""), (first, second));
    }

    [Fact]
    public void FindsFields_AfterTheTableHasTurnedOverManyTimes()
    {
        HpackEncoder encoder = new();
        HpackDecoder decoder = new();

        for (int i = 0; i < 70_000; i++)
        {
            TextField[] fields = [new(":authority", $"host{i % 500}"), new("user-agent", $"agent{i % 7}")];
            HpackResult result = HpackKit.Decode(decoder, HpackKit.Encode(encoder, fields), out List<TextField> decoded);

            Assert.True(result == HpackResult.Complete && decoded.SequenceEqual(fields), $"{i}");
        }
    }
}
