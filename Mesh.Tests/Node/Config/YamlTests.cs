using System.Text;
using Mesh.Node.Config.Yaml;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>Bad syntax, limits, and places inside values.</summary>
public sealed class YamlTests
{
    [Theory]
    [InlineData("a:\n\t- b\n", "f:2:1: a tab cannot indent YAML; use spaces")]
    [InlineData("a:\n  b: 1\n\tc: 2\n", "f:3:1: a tab cannot indent YAML; use spaces")]
    [InlineData("a: [1, 2\n", "f:1:4: this `[` is not closed; add `]`")]
    [InlineData("a: [1, 2\nb: 3\n", "f:1:4: this `[` is not closed; add `]`")]
    [InlineData("a:\n  - {b: 1\n", "f:2:5: this `{` is not closed; add `}`")]
    [InlineData("a: 'x\n", "f:1:4: not valid YAML: while scanning a quoted scalar, found unexpected end of stream")]
    [InlineData("a: b: c\n", "f:1:5: not valid YAML: ")]
    [InlineData("a: 1\n  b: 2\n", "f:2:4: not valid YAML: ")]
    [InlineData("a: @x\n", "f:1:4: not valid YAML: ")]
    [InlineData("- a\nb: c\n", "f:2:1: not valid YAML: ")]
    [InlineData("{a: 1}}\n", "f:1:7: not valid YAML: ")]
    [InlineData("a: 1\n---\nb: 2\n", "f:2:1: a second document begins; one file holds one config")]
    [InlineData("a: *x\n", "f:1:4: no anchor `&x` ends before this alias")]
    [InlineData("a: &a [*a]\n", "f:1:8: no anchor `&a` ends before this alias")]
    [InlineData("a: x\0y\n", "f:1:5: a control character (code 0) is no text; remove it")]
    [InlineData("a: x\u001b[2J\n", "f:1:5: a control character (code 27) is no text; remove it")]
    public void BadSyntax_IsOneFault_AtItsPlace(string text, string begins)
    {
        string fault = Assert.Single(Loading.Faults(text));

        Assert.StartsWith(begins, fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[", "")]
    [InlineData("a: {", "")]
    [InlineData("- ", "")]
    [InlineData("[", "]")]
    public void DeepNesting_IsRefused(string opener, string closer)
    {
        string text = string.Concat(Enumerable.Repeat(opener, 20_000)) + string.Concat(Enumerable.Repeat(closer, 20_000));

        string fault = Assert.Single(Loading.Faults(text));

        Assert.Contains("more than 64 levels", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void AliasesOfAliases_AreCountedInFull()
    {
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int level = 1; level <= 12; level++)
            text.Append($"a{level}: &a{level} [{string.Join(", ", Enumerable.Repeat($"*a{level - 1}", 10))}]\n");

        string fault = Assert.Single(Loading.Faults(text.ToString()));

        Assert.StartsWith("f:5:", fault, StringComparison.Ordinal);
        Assert.Contains("more than 100000 values, aliases counted in full", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Alias_StandsForItsAnchor()
    {
        var config = Loading.Config("routers:\n- {protocol: http, label: a, client: &c {connectTimeoutMs: 7}, servers: [{port: 1}]}\n"
            + "- {protocol: http, label: b, client: *c, servers: [{port: 2}]}\n");

        Assert.Equal(7, config.Routers[1].Client.Defaults.ConnectTimeoutMs);
    }

    [Fact]
    public void ManyValues_AreRefused()
    {
        string text = "a: [" + string.Join(",", Enumerable.Repeat("1", YamlLimits.MaxNodes)) + "]";

        Assert.Contains("more than 100000 values", Assert.Single(Loading.Faults(text)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("  dtab: /svc => !!x\n", "5:17")]
    [InlineData("  dtab: '/svc => !!x'\n", "5:18")]
    [InlineData("  dtab: \"/svc => !!x\"\n", "5:18")]
    [InlineData("  dtab: |\n    /svc => /a ;\n    /x   => !!x\n", "7:13")]
    [InlineData("  dtab: |-\r\n\r\n    # words\r\n      /x => !!x\r\n", "8:13")]
    [InlineData("  dtab: |2\n      /x => !!x\n", "6:13")]
    [InlineData("  dtab: >\n    /svc => /a ;\n    /x   => !!x\n", "7:13")]
    [InlineData("  dtab: /svc => /a ;\n    /x => !!x\n", "6:11")]
    [InlineData("  dtab: |\n    /svc =>\n    !!\n", "7:5")]
    [InlineData("  dtab: \"\\x2fsvc => !!x\"\n", "5:9")]
    [InlineData("  dtab: &anchor /svc => !!x\n", "5:9")]
    public void FaultInADtab_PointsAtItsCharacter(string dtab, string place)
    {
        string fault = Assert.Single(Loading.Faults(Loading.Minimal + dtab));

        Assert.Equal($"f:{place}: `dtab`: a tree is expected; write a path", fault);
    }

    [Fact]
    public void EndOfAValue_IsThePlaceBehindItsLastCharacter()
    {
        var source = new YamlSource("f", "a: |\n  /x =>\n\nb: 1\n");
        var scalar = new YamlScalar(new Position("f", 1, 4), "/x =>\n", YamlScalarStyle.Block);

        Assert.Equal("2:8", source.Inside(scalar, scalar.Text.Length).Short);
        Assert.Equal("2:3", source.Inside(scalar, 0).Short);
    }

    [Fact]
    public void Random_Bytes_NeverThrow()
    {
        const int Seed = 20_240_607;
        var random = new Random(Seed);
        const string Alphabet = "ab: -\n\t[]{},&*!|>'\"%@`#?~0/ \\routersservershttp";
        for (int round = 0; round < 3000; round++)
        {
            char[] text = new char[random.Next(60)];
            for (int index = 0; index < text.Length; index++) text[index] = Alphabet[random.Next(Alphabet.Length)];

            var result = Loading.Load(new string(text));

            Assert.True(result.Faults.Count > 0, $"seed {Seed} round {round}: {new string(text)}");
        }
    }
}
