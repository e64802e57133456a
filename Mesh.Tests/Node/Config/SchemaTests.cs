using System.Globalization;
using Mesh.Node.Config.Keys;
using Mesh.Node.Config.Schema;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>What holds for every key of the schema, however many there will be.</summary>
public sealed class SchemaTests
{
    [Fact]
    public void EverySection_NamesEachKeyOnce_AndEachKeySaysWhatItIs()
    {
        foreach (Section section in Sections(RootKeys.Section))
        {
            Assert.Equal(section.Keys.Length, section.Keys.Select(key => key.Name).Distinct().Count());
            Assert.All(section.Keys, key => Assert.True(key.Doc.Length > 5, $"{section.Name}: {key.Name}"));
        }
    }

    [Fact]
    public void EveryDefault_IsALegalValue()
    {
        foreach (Key key in Sections(RootKeys.Section).SelectMany(section => section.Keys))
        {
            if (key is not IntKey { Required: false } number) continue;
            string[] range = number.Shape.Range.Split("..");
            Assert.InRange(number.Default, int.Parse(range[0], null), int.Parse(range[1], null));
        }
    }

    [Fact]
    public void EveryDefaultWithAPoint_IsALegalValue()
    {
        IEnumerable<DecimalKey> keys = Sections(RootKeys.Section).SelectMany(section => section.Keys).OfType<DecimalKey>();

        Assert.All(keys, key =>
        {
            string[] range = key.Shape.Range.Split("..");
            Assert.InRange(key.Default, double.Parse(range[0], CultureInfo.InvariantCulture), double.Parse(range[1], CultureInfo.InvariantCulture));
        });
    }

    [Theory]
    [InlineData("port", "port", 0)]
    [InlineData("prot", "port", 1)]
    [InlineData("por", "port", 1)]
    [InlineData("ports", "port", 1)]
    [InlineData("", "port", 4)]
    [InlineData("bindingTimeout", "bindingTimeoutMs", 2)]
    [InlineData("abc", "xyz", 3)]
    public void Distance_CountsEdits(string left, string right, int edits) => Assert.Equal(edits, Suggestions.Distance(left, right));

    [Theory]
    [InlineData("HEADER", "header")]
    [InlineData("bindingTimout", "bindingTimeoutMs")]
    [InlineData("x", null)]
    [InlineData("somethingElse", null)]
    public void Nearest_IsOneThatCouldHaveBeenMeant(string name, string? nearest) =>
        Assert.Equal(nearest, Suggestions.Nearest(name, ["header", "label", "bindingTimeoutMs", "dtab"]));

    private static IEnumerable<Section> Sections(Section root) =>
        root.Keys.SelectMany(key => key.Below).SelectMany(below => Sections(below.Section)).Prepend(root);
}
