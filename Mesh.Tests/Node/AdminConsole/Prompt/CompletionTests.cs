using Mesh.Node.AdminConsole;
using Mesh.Node.AdminConsole.Prompt;
using Xunit;

namespace Mesh.Tests.Node.AdminConsole.Prompt;

public sealed class CompletionTests
{
    private static readonly KnownCommand[] s_commands =
    [
        new("cluster sbr explain", "", "", false),
        new("cluster show", "", "", false),
        new("explain", "", "", false) { Options = [Option("-H", "HEADER"), Option("-r", "ROUTER", "router")] },
        new("route set", "", "", true)
        {
            Options =
            [
                Option("-n", "NAMESPACE", "namespace"), Option("-d", "DTAB"), Option("-f", "FILE") with { FileOf = "-d" }, Option("--yes", null),
            ],
        },
    ];

    [Theory]
    [InlineData("", "", "cluster explain route exit help quit")]
    [InlineData("cl", "cl", "cluster explain route exit help quit")]
    [InlineData("cluster ", "", "sbr show")]
    [InlineData("cluster sbr ", "", "explain")]
    [InlineData("cluster show ", "", "")]
    [InlineData("nonsense ", "", "")]
    [InlineData("help ", "", "cluster explain route")]
    [InlineData("help cluster s", "s", "sbr show")]
    [InlineData("route set ", "", "-n -d -f --yes")]
    [InlineData("route set -n web --", "--", "-d -f --yes")]
    [InlineData("route set -n=web --", "--", "-d -f --yes")]
    [InlineData("route set --yes=", "--yes=", "-n -d -f --yes")]
    [InlineData("explain -H 'x: y' ", "", "-H -r")]
    [InlineData("explain -H 'x: ", "", "")]
    public void Words_AreThoseThatMayStandThere(string before, string prefix, string words)
    {
        CompletionSpot spot = Completion.SpotOf(s_commands, before);

        Assert.Equal((before.Length - prefix.Length, prefix, words), (spot.Start, spot.Prefix, string.Join(' ', spot.Words)));
        Assert.Equal((null, false), (spot.Kind, spot.IsFile));
    }

    [Theory]
    [InlineData("route set -n w", "namespace", false)]
    [InlineData("route set -n web -d ", null, false)]
    [InlineData("route set -f ./w", null, true)]
    [InlineData("explain / -r ", "router", false)]
    public void BehindAnOption_ItsValuesStand(string before, string? kind, bool isFile)
    {
        CompletionSpot spot = Completion.SpotOf(s_commands, before);

        Assert.Equal((kind, isFile), (spot.Kind, spot.IsFile));
        Assert.Empty(spot.Words);
    }

    [Theory]
    [InlineData("route set -n=w", "w", "namespace", false)]
    [InlineData("route set -d=", "", null, false)]
    [InlineData("route set -n web -f=./w", "./w", null, true)]
    public void BehindAnOptionsEqualsSign_ItsValuesStandToo(string before, string prefix, string? kind, bool isFile)
    {
        CompletionSpot spot = Completion.SpotOf(s_commands, before);

        Assert.Equal((before.Length - prefix.Length, prefix, kind, isFile), (spot.Start, spot.Prefix, spot.Kind, spot.IsFile));
        Assert.Empty(spot.Words);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("show", "show")]
    [InlineData("list link lime", "li")]
    [InlineData("a b", "")]
    public void TheCommonStart_IsWhatAllBeginWith(string words, string common) =>
        Assert.Equal(common, Completion.CommonStart(words.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    private static KnownOption Option(string name, string? value, string? values = null) => new(name, value, "", values, null);
}
