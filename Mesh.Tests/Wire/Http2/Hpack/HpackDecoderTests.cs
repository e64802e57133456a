using System.Text;
using Mesh.Wire.Http2.Hpack;
using Xunit;

namespace Mesh.Tests.Wire.Http2.Hpack;

public sealed class HpackDecoderTests
{
    private const string Request1 = ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com";
    private const string Request2 = Request1 + "\ncache-control: no-cache";
    private const string Request3 = ":method: GET\n:scheme: https\n:path: /index.html\n:authority: www.example.com\ncustom-key: custom-value";
    private const string Response1 =
        ":status: 302\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\nlocation: https://www.example.com";
    private const string Response2 =
        ":status: 307\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\nlocation: https://www.example.com";
    private const string Response3 =
        ":status: 200\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:22 GMT\nlocation: https://www.example.com\n"
        + "content-encoding: gzip\nset-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";

    /// <summary>RFC 7541 appendix C.</summary>
    [Theory]
    [InlineData(4096, new[] { "828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865",
        "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565" }, new[] { Request1, Request2, Request3 })]
    [InlineData(4096, new[] { "828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf", "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf" },
        new[] { Request1, Request2, Request3 })]
    [InlineData(256, new[] {
        "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2"
            + "f7777772e6578616d706c652e636f6d",
        "4803333037c1c0bf",
        "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b4"
            + "25a584f5157454f50495541585157454f"
            + "49553b206d61782d6167653d333630303b2076657273696f6e3d31" }, new[] { Response1, Response2, Response3 })]
    [InlineData(256, new[] {
        "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3", "4883640effc1c0bf",
        "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c0"
            + "03ed4ee5b1063d5007" }, new[] { Response1, Response2, Response3 })]
    public void Decodes_TheExamplesOfTheStandard(int tableSize, string[] blocks, string[] lists)
    {
        HpackDecoder decoder = new(tableSize);

        for (int i = 0; i < blocks.Length; i++)
        {
            Assert.Equal(HpackResult.Complete, HpackKit.Decode(decoder, blocks[i], out List<TextField> fields));
            Assert.Equal(lists[i], HpackKit.Show(fields));
        }
    }

    [Theory]
    [InlineData("80")] // index 0
    [InlineData("be")] // past both tables
    [InlineData("7f00")] // a name past both tables
    [InlineData("ff")] // a number without end
    [InlineData("ffffffffffffffffff01")] // a number out of range
    [InlineData("ff8080808080808000")] // a number longer than needed
    [InlineData("4005")] // a name cut off
    [InlineData("400161")] // no value
    [InlineData("40016102")] // a value cut off
    [InlineData("0481ff")] // 8 bits of padding
    [InlineData("0482ffff")] // padding of a byte and more
    [InlineData("048418ffffff")] // padding of three bytes
    [InlineData("048118")] // padding of zeros
    [InlineData("0484ffffffff")] // the end-of-string symbol
    [InlineData("0485fffffffc00")] // the end-of-string symbol and padding
    [InlineData("3fe21f")] // a size above the setting
    [InlineData("202020")] // three size updates
    [InlineData("8220")] // a size update behind a field
    public void Refuses_WhatBreaksTheCode(string block) => Assert.Equal(HpackResult.Invalid, HpackKit.Decode(new HpackDecoder(), block, out _));

    [Theory]
    [InlineData("203fe11f82", true)]
    [InlineData("2082", true)]
    [InlineData("3fe10182", true)] // exactly 256
    [InlineData("82", false)]
    [InlineData("3fe11f82", false)] // 4096 first
    public void WantsASizeUpdate_WhenTheSettingFell(string block, bool good)
    {
        HpackDecoder decoder = new();
        decoder.SetTableSize(256);
        decoder.SetTableSize(4096);

        Assert.Equal(good ? HpackResult.Complete : HpackResult.Invalid, HpackKit.Decode(decoder, block, out _));
    }

    [Fact]
    public void WantsNoSizeUpdate_WhenTheSettingRoseOrTheTableIsSmaller()
    {
        HpackDecoder decoder = new();
        decoder.SetTableSize(8192);

        Assert.Equal(HpackResult.Complete, HpackKit.Decode(decoder, "82", out _));
        Assert.Equal(HpackResult.Complete, HpackKit.Decode(decoder, "2082", out _));

        decoder.SetTableSize(100);
        Assert.Equal(HpackResult.Complete, HpackKit.Decode(decoder, "82", out _));
    }

    [Fact]
    public void TellsFieldsThatNobodyMayIndex()
    {
        HpackKit.Decode(new HpackDecoder(), "1f08 0378797a", out List<TextField> never);
        HpackKit.Decode(new HpackDecoder(), "0f08 0378797a", out List<TextField> plain);

        Assert.Equal([new TextField("authorization", "xyz", true)], never);
        Assert.Equal([new TextField("authorization", "xyz")], plain);
    }

    [Fact]
    public void KeepsTheTableInStep_WhenAListIsTooLarge()
    {
        HpackDecoder decoder = new();
        List<TextField> fields = [];
        ListSink sink = new(fields);
        byte[] block = Convert.FromHexString("40016101624001630164"); // a: b, c: d

        HpackResult first = decoder.Decode(block, ref sink, 40, 10);
        HpackResult second = decoder.Decode([0xBE, 0xBF], ref sink, 1000, 10);
        HpackResult third = decoder.Decode([0xBE, 0xBF], ref sink, 1000, 1);

        Assert.Equal((HpackResult.TooLarge, HpackResult.Complete, HpackResult.TooLarge), (first, second, third));
        Assert.Equal("a: b\nc: d\na: b\nc: d", HpackKit.Show(fields));
    }

    [Fact]
    public void EndsABomb_LongBeforeItIsUnpacked()
    {
        HpackDecoder decoder = new();
        byte[] value = new byte[4000];
        byte[] block = [0x40, 0x01, (byte)'a', 0x7F, 0xA1, 0x1E, .. value, .. Enumerable.Repeat((byte)0xBE, 16_000)];
        CountingSink sink = default;

        HpackResult result = decoder.Decode(block, ref sink, HpackKit.MaxListBytes, HpackKit.MaxFields);

        Assert.Equal(HpackResult.Bomb, result);
        Assert.InRange(sink.Bytes, 1, HpackKit.MaxListBytes);
    }

    [Fact]
    public void CopiesAName_WhoseEntryMakesRoomForTheNew()
    {
        HpackDecoder decoder = new(2 * 32 + 6);
        HpackKit.Decode(decoder, "4002 6162 01 63", out _); // ab: c

        HpackKit.Decode(decoder, "7e 06 646566676869", out List<TextField> fields); // its name, with a value that drives it out
        HpackKit.Decode(decoder, "be", out List<TextField> again);

        Assert.Equal("ab: defghi", HpackKit.Show(fields));
        Assert.Equal("ab: defghi", HpackKit.Show(again));
    }

    [Fact]
    public void HuffmanCode_IsWholeAndCanonical()
    {
        double sum = 0;
        foreach (byte length in HuffmanCode.Lengths) sum += Math.Pow(2, -length);

        Assert.Equal(1.0, sum);
        Assert.Equal((0x1FF8u, 0x3FFFFEEu, 0x3FFFFFFFu), (HuffmanCode.Codes[0], HuffmanCode.Codes[255], HuffmanCode.Codes[256]));
    }

    [Fact]
    public void Huffman_GivesBackEveryByteInEveryPlace()
    {
        for (int length = 0; length <= 24; length++)
        {
            for (int symbol = 0; symbol < 256; symbol++)
            {
                byte[] text = Encoding.ASCII.GetBytes("aQ0~x-z/?b*a1".PadRight(length, 'k')[..length]);
                if (length > 0) text[symbol % length] = text[^1] = (byte)symbol;
                byte[] packed = new byte[HuffmanCode.EncodedLength(text)];
                HuffmanCode.Encode(text, packed);
                byte[] room = new byte[HuffmanDecoder.RoomFor(packed.Length)];

                int count = HuffmanDecoder.Decode(packed, room);

                Assert.True(count >= 0 && room.AsSpan(0, count).SequenceEqual(text), $"{symbol} in {Convert.ToHexString(text)}");
            }
        }
    }
}
