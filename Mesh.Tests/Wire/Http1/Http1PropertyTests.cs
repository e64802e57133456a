using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Mesh.Wire;
using Mesh.Wire.Exchange;
using Xunit;

namespace Mesh.Tests.Wire.Http1;

/// <summary>What must hold for any bytes in any pieces. A failure names its seed.</summary>
public sealed class Http1PropertyTests
{
    private static readonly string[] Seeds =
    [
        "GET / HTTP/1.1\r\nHost: x\r\n\r\nPOST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
            + "GET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 1\r\n\r\n\r\n"
            + "GET http://y:1/?q HTTP/1.1\r\nHost: [::1]:80\r\nTE: trailers\r\n\r\n",
        "PUT /d HTTP/1.0\r\nConnection: keep-alive, x-own\r\nX-Own: 2\r\nContent-Length: 03, 3\r\nExpect: 100-continue\r\n\r\nabc"
            + "OPTIONS * HTTP/1.1\r\nHost: a%20b:80\r\n\r\n",
    ];

    private static readonly string[] ResponseSeeds =
    [
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: x\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n",
        "HTTP/1.0 404\r\nContent-Length: 2, 2\r\n\r\nno",
        "HTTP/1.1 200 OK\r\nServer: x\r\n\r\nuntil the end",
    ];

    [Fact]
    public void GivesTheSame_HoweverTheBytesAreSplit()
    {
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            SplitMix64 random = new((ulong)seed);
            byte[] raw = Http1Kit.Bytes(Seeds[random.Next(Seeds.Length)]);
            byte[] response = Http1Kit.Bytes(ResponseSeeds[random.Next(ResponseSeeds.Length)]);
            int most = 1 + random.Next(40);
            Func<int, int> pieces = _ => 1 + random.Next(most);
            return StreamRunner.Requests(raw).Summary == StreamRunner.Requests(raw, pieces).Summary
                && StreamRunner.Responses(response, KnownMethod.Get).Summary == StreamRunner.Responses(response, KnownMethod.Get, pieces).Summary;
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20261121)]
    public void NeverThrows_AndGivesTheSameInPieces_WhateverIsMutated(ulong seed)
    {
        SplitMix64 random = new(seed);
        for (int round = 0; round < 4000; round++)
        {
            byte[] raw = Mutate(Http1Kit.Bytes(Seeds[random.Next(Seeds.Length)]), ref random);
            byte[] response = Mutate(Http1Kit.Bytes(ResponseSeeds[random.Next(ResponseSeeds.Length)]), ref random);
            string bytes = Convert.ToHexString(raw) + "/" + Convert.ToHexString(response);

            Assert.True(StreamRunner.Requests(raw).Summary == StreamRunner.Requests(raw, _ => 7).Summary, bytes);
            StreamOutcome whole = StreamRunner.Responses(response, KnownMethod.Get);
            Assert.True(whole.Summary == StreamRunner.Responses(response, KnownMethod.Get, _ => 7).Summary, bytes);
        }
    }

    [Fact]
    public void EncodesWhatItParses_ToAFixedPoint()
    {
        foreach (string seed in Seeds)
        {
            StreamOutcome first = StreamRunner.Requests(Http1Kit.Bytes(seed));
            StreamOutcome second = StreamRunner.Requests(Http1Kit.Bytes(string.Concat(first.Messages.Select(m => m.Wire))));

            Assert.Equal(first.Summary, second.Summary);
        }
    }

    private static byte[] Mutate(byte[] bytes, ref SplitMix64 random)
    {
        List<byte> changed = [.. bytes];
        byte[] nasty = Encoding.Latin1.GetBytes("\r\n\0 \t:,;#@/%_[]09afX\u007f\u00ff");
        for (int edits = 1 + random.Next(4); edits > 0 && changed.Count > 1; edits--)
        {
            int at = random.Next(changed.Count);
            switch (random.Next(4))
            {
                case 0: changed[at] = nasty[random.Next(nasty.Length)]; break;
                case 1: changed.Insert(at, nasty[random.Next(nasty.Length)]); break;
                case 2: changed.RemoveAt(at); break;
                default: changed.InsertRange(at, changed.GetRange(0, random.Next(at + 1))); break;
            }
        }

        return [.. changed];
    }
}
