using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Mesh.Actors.Tables;
using Mesh.Routing.Routes;
using Mesh.Routing.Routes.Protocol;
using Xunit;

namespace Mesh.Tests.Routing.Routes;

public sealed class RouteRowsTests
{
    /// <summary>Texts from nothing to some parts: noise that packs badly, a seed and a length each.</summary>
    private static readonly Gen<(int Seed, int Length)> s_texts =
        Gen.Choose(0, 1000).SelectMany(seed => Gen.Choose(0, 90_000).Select(length => (seed, length)));

    [Fact]
    public void WhatWasSplit_JoinsWhole_AndEachRowFitsTheTable() => Prop.ForAll(s_texts.ToArbitrary(), text =>
    {
        Dictionary<string, Row> rows = Split(1, text.Seed, text.Length);

        return rows.Values.All(static row => RouteRowCodec.Instance.Encode(row).Length <= TableSettings.MaxValueBytes)
            && Join(rows) == Noise(text.Seed, text.Length);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void MixedVersions_AreOneOfThemWhole_OrNothing() => Prop.ForAll(s_texts.ToArbitrary(), s_texts.ToArbitrary(), (old, young) =>
    {
        Dictionary<string, Row> before = Split(1, old.Seed, old.Length), after = Split(2, young.Seed + 1, young.Length);
        Dictionary<string, Row> mixed = new(before);
        foreach ((string key, Row row) in after)
        {
            // Any order of arrival: after each row a reader looks.
            mixed[key] = row;
            string? seen = Join(mixed);
            if (seen is not null && seen != Noise(old.Seed, old.Length) && seen != Noise(young.Seed + 1, young.Length)) return false;
        }

        return Join(mixed) == Noise(young.Seed + 1, young.Length);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void AMissingPart_IsNothing()
    {
        Dictionary<string, Row> rows = Split(1, 7, 90_000);

        foreach (string key in rows.Keys.Where(static key => !RouteRows.IsHeader(key)).ToArray())
        {
            Row part = rows[key];
            rows.Remove(key);
            Assert.Null(Join(rows));
            rows[key] = part;
        }

        Assert.True(rows.Count > 3, $"{rows.Count} rows");
    }

    [Fact]
    public void DamagedBytes_AreNothing()
    {
        Dictionary<string, Row> rows = Split(1, 7, 100);
        byte[] bytes = rows["web"].Bytes.ToByteArray();
        bytes[5] ^= 1;
        rows["web"].Bytes = ByteString.CopyFrom(bytes);

        Assert.Null(Join(rows));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(RouteLimits.MaxDtabBytes)]
    public void PackedTexts_ReadBack(int length)
    {
        string text = new('x', length);

        Assert.True(PackedText.Of(text).TryRead(out string? read));
        Assert.Equal(text, read);
    }

    [Fact]
    public void PackedTexts_ThatClaimMoreThanTheLimit_OrAreDamaged_AreRefused()
    {
        PackedText good = PackedText.Of("/a => /b");

        Assert.False(new PackedText(good.Bytes, RouteLimits.MaxDtabBytes + 1).TryRead(out _));
        Assert.False(new PackedText(good.Bytes, good.Length + 1).TryRead(out _));
        Assert.False(new PackedText(good.Bytes[1..], good.Length).TryRead(out _));
        Assert.False(new PackedText(PackedText.Of(new string('x', RouteLimits.MaxDtabBytes + 1)).Bytes, RouteLimits.MaxDtabBytes).TryRead(out _));
    }

    [Theory]
    [InlineData("default", true)]
    [InlineData("a-b_c.d~1", true)]
    [InlineData("", false)]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    [InlineData("a b", false)]
    [InlineData("ä", false)]
    public void Names_AreWhatAUrlCarriesAsItIs(string name, bool good) => Assert.Equal(good, RouteLimits.IsName(name));

    private static string Noise(int seed, int length)
    {
        byte[] noise = new byte[length];
        new Random(seed).NextBytes(noise);
        return Convert.ToBase64String(noise);
    }

    private static Dictionary<string, Row> Split(long version, int seed, int length) => new(RouteRows.Split(
        "web", new RouteChange(version, RouteChangeKind.Updated, PackedText.Of(Noise(seed, length)), "me", DateTimeOffset.UnixEpoch, "1")));

    private static string? Join(Dictionary<string, Row> rows) =>
        RouteRows.TryJoin("web", rows["web"], rows.GetValueOrDefault, out PackedText? packed, out _)
        && packed.TryRead(out string? text) ? text : null;
}
