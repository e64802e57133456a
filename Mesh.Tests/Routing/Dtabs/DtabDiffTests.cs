using FsCheck;
using FsCheck.Fluent;
using Mesh.Routing.Dtabs;
using Xunit;

namespace Mesh.Tests.Routing.Dtabs;

public sealed class DtabDiffTests
{
    private static readonly Gen<Dtab> s_dtabs =
        Gen.Choose(0, 5).ArrayOf().Select(static rules => Dtab.Parse(string.Join(';', rules.Select(static each => $"/a => /{each}"))));

    [Theory]
    [InlineData("/a=>/b", "/a=>/b", " /a=>/b")]
    [InlineData("/a=>/b", "", "-/a=>/b")]
    [InlineData("", "/a=>/b", "+/a=>/b")]
    [InlineData("/a=>/b;/c=>/d;/e=>/f", "/a=>/b;/e=>/f", " /a=>/b,-/c=>/d, /e=>/f")]
    [InlineData("/a=>/b;/c=>/d", "/c=>/d;/a=>/b", "-/a=>/b, /c=>/d,+/a=>/b")]
    [InlineData("/a=>/b;/c=>/d", "/a=>/b;/c=>/x", " /a=>/b,-/c=>/d,+/c=>/x")]
    public void Shows_WhatWentAndCame_InOrder(string old, string young, string lines) =>
        Assert.Equal(lines, string.Join(',', DtabDiff.Of(Dtab.Parse(old), Dtab.Parse(young)).Select(static line => $"{line.Mark}{line.Dentry}")));

    [Fact]
    public void BothDtabs_CanBeReadFromTheLines() => Prop.ForAll(s_dtabs.ToArbitrary(), s_dtabs.ToArbitrary(), (old, young) =>
    {
        var lines = DtabDiff.Of(old, young);
        return lines.Where(static line => line.Mark != '+').Select(static line => line.Dentry).SequenceEqual(old.Dentries)
            && lines.Where(static line => line.Mark != '-').Select(static line => line.Dentry).SequenceEqual(young.Dentries);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void LargeMiddles_AreAllGoneAndAllCome()
    {
        Dtab old = Dtab.Parse(string.Concat(Enumerable.Range(0, 3000).Select(static i => $"/a => /x{i};")));
        Dtab young = Dtab.Parse(string.Concat(Enumerable.Range(0, 3000).Select(static i => $"/a => /y{i};")));

        Assert.Equal(6000, DtabDiff.Of(old, young).Length);
    }
}
