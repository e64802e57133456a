using System.Text;
using Mesh.Routing.Dtabs;
using Mesh.Routing.Identifiers;
using Mesh.Wire.Exchange;
using Xunit;

namespace Mesh.Tests.Routing.Identifiers;

public sealed class DtabOverridesTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("l5d-name: /a\r\nl5d-reqid: 1\r\n", "")]
    [InlineData("l5d-dtab:\r\nl5d-ctx-dtab: \r\n", "")]
    [InlineData("l5d-dtab: /a=>/b\r\n", "/a=>/b")]
    [InlineData("L5D-Ctx-Dtab: /a => /b ;\r\n", "/a=>/b")]
    [InlineData("l5d-dtab: /a=>/b\r\nl5d-ctx-dtab: /c=>/d;\r\n", "/c=>/d;/a=>/b")]
    [InlineData("l5d-dtab: /a=>/b\r\nX: y\r\nl5d-ctx-dtab: /c=>/d\r\nl5d-dtab: /a=>/e;/f=>/g\r\nl5d-ctx-dtab: /h=>/i\r\n",
        "/c=>/d;/h=>/i;/a=>/b;/a=>/e;/f=>/g")]
    [InlineData("l5d-dtab: /a=>/b # why\r\nl5d-dtab: /c=>/d\r\n", "/a=>/b;/c=>/d")]
    [InlineData("dtab-local: /a=>/b\r\nl5d-ctx-dtabs: /a=>/b\r\n", "")]
    public void UserRulesFollowTheContext_AllValuesInOrder(string fields, string dtab)
    {
        Assert.True(DtabOverrides.TryRead(Naming.Get("/", fields), out ReadOnlySpan<byte> text));
        Assert.True(DtabOverrides.TryParse(text, out Dtab? read, out _));

        Assert.Equal(dtab, read.ToString());
    }

    [Theory]
    [InlineData("l5d-dtab: foo\r\n", "'/' expected but 'f' found")]
    [InlineData("l5d-dtab: /a=>/b;;\r\n", "expected but ';' found")]
    [InlineData("l5d-ctx-dtab: /a=>/b\r\nl5d-dtab: /a=>\r\n", "expected but end of input found")]
    public void RulesThatCannotBeRead_SayWhere(string fields, string why)
    {
        Assert.True(DtabOverrides.TryRead(Naming.Get("/", fields), out ReadOnlySpan<byte> text));

        Assert.False(DtabOverrides.TryParse(text, out _, out string? fault));
        Assert.StartsWith("its override dtab cannot be read: ", fault, StringComparison.Ordinal);
        Assert.Contains(why, fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8_192, true)]
    [InlineData(8_193, false)]
    public void TextOfMoreThanItsLimit_IsRefused(int bytes, bool isRead)
    {
        RequestHead head = Naming.Get("/", $"l5d-ctx-dtab: /a\r\nl5d-dtab: {new string('a', bytes - 3)}\r\n");

        Assert.Equal(isRead, DtabOverrides.TryRead(head, out _));
    }

    [Theory]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public void MoreRulesThanTheLimit_AreRefused(int rules, bool isRead)
    {
        byte[] text = Encoding.ASCII.GetBytes(string.Join(';', Enumerable.Repeat("/a=>/b", rules - 1)) + "\n/c=>/d");

        Assert.Equal(isRead, DtabOverrides.TryParse(text, out _, out string? fault));
        Assert.Equal(isRead ? null : "its override dtab has more than 256 rules", fault);
    }
}
