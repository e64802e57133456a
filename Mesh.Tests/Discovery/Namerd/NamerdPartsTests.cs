using System.Net;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Mesh.Discovery.Namerd;
using Mesh.Discovery.Names;
using Mesh.Node.Admin;
using Xunit;

namespace Mesh.Tests.Discovery.Namerd;

/// <summary>The pure parts: documents, lines, pauses.</summary>
public sealed class NamerdPartsTests
{
    [Theory]
    [InlineData("""{"type":"neg","path":"/svc/a"}""", "~")]
    [InlineData("""{"type":"fail","path":"/svc/a"}""", "!")]
    [InlineData("""{"type":"empty"}""", "$")]
    [InlineData("""{"type":"exception","message":"no"}""", "!")]
    [InlineData("""{"type":"delegate","delegate":{"type":"leaf","bound":{"id":"/#/a","path":"/r","addr":{"type":"neg"}}}}""", "/#/a /r neg")]
    [InlineData("""{"type":"transformation","tree":{"type":"leaf","bound":{"id":"/%/x/#/a","addr":{"type":"pending"}}}}""", "/%/x/#/a / pending")]
    [InlineData("""{"type":"leaf","bound":{"id":"/#/a","addr":{"type":"failed","cause":"dead"}}}""", "/#/a / dead")]
    public void ReadsEveryKindOfNode(string json, string text)
    {
        Assert.True(NamerdJson.TryReadTree(Encoding.UTF8.GetBytes(json), out NameTree<RemoteLeaf> tree, out string wrong), wrong);

        Assert.Equal(text, tree.Map(TextOf).ToString());
    }

    [Theory]
    [InlineData("""{"ip":"::1","port":80,"meta":{"endpoint_addr_weight":0.5}}""", "/#/a / [::1]:80*0.5")]
    [InlineData("""{"ip":"1.2.3.4","port":1},{"ip":"1.2.3.4","port":1}""", "/#/a / 1.2.3.4:1*1")]
    [InlineData("""{"ip":"1.2.3.4","port":1,"meta":{"endpoint_addr_weight":-1,"authority":"a"}}""", "/#/a / 1.2.3.4:1*1")]
    public void ReadsAddressesWithTheirWeights_EachOnce(string addresses, string text) =>
        ReadsEveryKindOfNode("""{"type":"leaf","bound":{"id":"/#/a","addr":{"type":"bound","addrs":[""" + addresses + "]}}}", text);

    [Fact]
    public void WhatANodeTellsOfAnAddress_IsReadAsItWasWritten()
    {
        IPEndPoint inbound = IPEndPoint.Parse("10.0.0.2:4143");
        WeightedAddress[] told =
        [
            new(inbound, 0.5) { Instance = "web/a", Host = "n2.example", Protocol = AddressProtocol.Http2, Doubt = "node n2 cannot be reached" },
            new(inbound, 1) { Instance = "web/b", Host = "10.0.0.2", Protocol = AddressProtocol.Http1 },
            new(inbound, 1) { Instance = "web/c" },
            new(inbound, 1),
        ];

        Assert.True(NamerdJson.TryReadAddresses(Written(told), out AddressState read, out string wrong), wrong);

        Assert.Equal(told, ((AddressState.Known)read).Addresses);
    }

    [Theory]
    [InlineData("""{"mesh.instance":"web"}""")]
    [InlineData("""{"mesh.instance":"web/a\r\nx: y"}""")]
    [InlineData("""{"mesh.instance":"web/a/b"}""")]
    [InlineData("""{"mesh.instance":7}""")]
    [InlineData("""{"mesh.instance":"web/a","mesh.host":"a b"}""")]
    [InlineData("""{"mesh.instance":"web/a","mesh.host":""}""")]
    public void AddressThatWouldReachSomebodyElse_IsRefused(string meta)
    {
        string json = """{"type":"bound","addrs":[{"ip":"1.2.3.4","port":1,"meta":""" + meta + """}],"meta":{}}""";

        Assert.False(NamerdJson.TryReadAddresses(Encoding.UTF8.GetBytes(json), out _, out _));
    }

    [Fact]
    public void WordsOfDoubt_ComeWithoutControlCharacters_AndShort()
    {
        string json = """{"type":"bound","addrs":[{"ip":"1.2.3.4","port":1,"meta":{"mesh.doubt":"a\u001b[2J""" + new string('x', 300) + "\"}}]}";

        Assert.True(NamerdJson.TryReadAddresses(Encoding.UTF8.GetBytes(json), out AddressState read, out string wrong), wrong);

        string doubt = ((AddressState.Known)read).Addresses[0].Doubt!;
        Assert.Equal((200, true), (doubt.Length, doubt.StartsWith("a?[2Jx", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"type":"alt"}""")]
    [InlineData("""{"type":"surprise"}""")]
    [InlineData("""{"type":"leaf","bound":{"id":"no path","addr":{"type":"neg"}}}""")]
    [InlineData("""{"type":"leaf","bound":{"id":"/a","addr":{"type":"bound","addrs":[{"ip":"host.name","port":1}]}}}""")]
    [InlineData("""{"type":"leaf","bound":{"id":"/a","addr":{"type":"bound","addrs":[{"ip":"1.2.3.4","port":70000}]}}}""")]
    [InlineData("""{"type":"union","union":[{"weight":-1,"tree":{"type":"neg"}}]}""")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    public void RefusesWhatIsNoTree(string json) =>
        Assert.False(NamerdJson.TryReadTree(Encoding.UTF8.GetBytes(json), out _, out _));

    [Fact]
    public void RefusesNestingWithoutEnd()
    {
        string deep = string.Concat(Enumerable.Repeat("""{"type":"delegate","delegate":""", 10_000));

        Assert.False(NamerdJson.TryReadTree(Encoding.UTF8.GetBytes(deep), out _, out string wrong));

        Assert.True(wrong.Length < 250);
    }

    [Fact]
    public void CutsTheSameLinesHoweverTheBytesCome() => Prop.ForAll(
        ArbMap.Default.ArbFor<string[]>(), ArbMap.Default.ArbFor<PositiveInt>(), (texts, step) =>
        {
            string[] lines = [.. texts.Select(static text => new string([.. (text ?? "").Where(static c => c is >= ' ' and < '\x7f').Take(40)]))];
            byte[] bytes = Encoding.ASCII.GetBytes(string.Concat(lines.Select(static line => line + "\n")));
            LineCutter cutter = new(64);
            List<string> read = [];
            int at = 0;
            while (at < bytes.Length)
            {
                Memory<byte> room = cutter.Room();
                int count = Math.Min(Math.Min(step.Get, room.Length), bytes.Length - at);
                bytes.AsMemory(at, count).CopyTo(room);
                cutter.Filled(count);
                at += count;
                while (cutter.TryTake(out ReadOnlySpan<byte> line)) read.Add(Encoding.ASCII.GetString(line));
            }

            return read.SequenceEqual(lines) && !cutter.IsTooLong;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(64, false)]
    [InlineData(65, true)]
    public void TellsALineThatOutgrowsTheLimit(int length, bool isTooLong)
    {
        LineCutter cutter = new(64);

        for (int i = 0; i < length; i++)
        {
            cutter.Room().Span[0] = (byte)'x';
            cutter.Filled(1);
            Assert.False(cutter.TryTake(out _));
        }

        Assert.Equal(isTooLong, cutter.IsTooLong);
    }

    [Theory]
    [InlineData(0, 2.5, 5)]
    [InlineData(1, 5, 10)]
    [InlineData(3, 20, 40)]
    [InlineData(7, 300, 600)]
    [InlineData(1_000_000, 300, 600)]
    public void PausesDouble_AndTheSecondHalfIsDrawn(int failures, double least, double most)
    {
        TimeSpan first = TimeSpan.FromSeconds(5), longest = TimeSpan.FromSeconds(600);

        Assert.Equal(least, NamerdPause.Of(failures, first, longest, 0).TotalSeconds, 3);
        Assert.Equal(most, NamerdPause.Of(failures, first, longest, 1).TotalSeconds, 3);
    }

    private static byte[] Written(IEnumerable<WeightedAddress> addresses)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes)) DelegateTreeJson.WriteAddresses(json, new AddressState.Known([.. addresses]));
        return bytes.ToArray();
    }

    private static string TextOf(RemoteLeaf leaf) => $"{leaf.Id} {leaf.Residual} " + leaf.Addresses switch
    {
        AddressState.Known known => string.Join(' ', known.Addresses.Select(TextOf)),
        AddressState.Failed failed => failed.Reason,
        AddressState.Neg => "neg",
        _ => "pending",
    };

    private static string TextOf(WeightedAddress address) => FormattableString.Invariant($"{address.EndPoint}*{address.Weight}");
}
