using Mesh.Node.AdminConsole;
using Xunit;

namespace Mesh.Tests.Node.AdminConsole;

public sealed class CommandTableTests
{
    private static readonly CommandTable s_table = new(
    [
        Command("cluster show"),
        Command("cluster sbr explain"),
        Command("cluster sbr") with { Options = [new ConsoleOption("explain", "X", "a word that is another's name")] },
        Command("cluster down") with
        {
            Options = [new ConsoleOption("-a", "ADDRESS", "whom") { Required = true }, new ConsoleOption("--yes", null, "really")],
        },
        Command("say") with
        {
            Arguments = [new ConsoleArgument("TO", "whom"), new ConsoleArgument("WHAT", "what") { Required = true }],
            Options =
            [
                new ConsoleOption("-H", "HEADER", "a line") { IsRepeatable = true },
                new ConsoleOption("-f", "FILE", "a file with it") { FileOf = "-H" },
            ],
        },
    ]);

    [Fact]
    public void TheLongestName_IsTheCommand()
    {
        Assert.Equal("cluster sbr explain", s_table.Parse(["cluster", "sbr", "explain"]).Command.Words);
        Assert.Equal("cluster sbr", s_table.Parse(["cluster", "sbr"]).Command.Words);
    }

    [Theory]
    [InlineData("-a n1", "n1", false)]
    [InlineData("--yes -a n1", "n1", true)]
    [InlineData("-a --yes", "--yes", false)]
    [InlineData("-a=n1", "n1", false)]
    [InlineData("--yes -a=a=b", "a=b", true)]
    [InlineData("-a=", "", false)]
    [InlineData("-a -x=y", "-x=y", false)]
    public void Options_StandInAnyOrder(string options, string address, bool yes)
    {
        ConsoleCall call = s_table.Parse(["cluster", "down", .. options.Split(' ')]);

        Assert.Equal((address, yes), (call.Find("-a"), call.Has("--yes")));
    }

    [Theory]
    [InlineData("cluster down", "`-a ADDRESS` is needed; usage: cluster down -a ADDRESS [--yes]")]
    [InlineData("cluster down -a", "`-a` needs ADDRESS; usage: cluster down -a ADDRESS [--yes]")]
    [InlineData("cluster down -a x -a y", "`-a` is given twice; usage: cluster down -a ADDRESS [--yes]")]
    [InlineData("cluster down -a=x -a y", "`-a` is given twice; usage: cluster down -a ADDRESS [--yes]")]
    [InlineData("cluster down --yes=1 -a x", "`--yes` takes no value; usage: cluster down -a ADDRESS [--yes]")]
    [InlineData("cluster show now", "no option `now`; usage: cluster show")]
    [InlineData("cluster hide", "no command `cluster hide`; `cluster` has `cluster down`, `cluster sbr`, `cluster sbr explain`, `cluster show`")]
    [InlineData("shard", "no command `shard`; palettes are `cluster`, `say`")]
    public void WhatIsWrong_IsToldWithWhatWouldBeRight(string line, string message)
    {
        ConsoleRefusal refusal = Assert.Throws<ConsoleRefusal>(() => s_table.Parse(line.Split(' ')));

        Assert.Equal((ConsoleStatus.BadInput, message), (refusal.Status, refusal.Message));
    }

    [Theory]
    [InlineData("clutser show", "no command `clutser show`; did you mean `cluster show`? palettes are `cluster`, `say`")]
    [InlineData("cluster donw -a x", "no command `cluster donw -a x`; did you mean `cluster down`? `cluster` has ")]
    [InlineData("cluster down -a x --yse", "no option `--yse`; did you mean `--yes`?; usage: ")]
    [InlineData("say", "WHAT is needed; usage: say [TO] WHAT [-H HEADER]..")]
    [InlineData("say a b c", "`c` is one word too many; usage: ")]
    [InlineData("say a -f=x", "`-f` is read by `mesh console`; give the text itself as `-H`")]
    [InlineData("say a -g=x", "no option `-g`; usage: ")]
    [InlineData("say a -f x", "`-f` is read by `mesh console`; give the text itself as `-H`")]
    public void ASlip_IsToldWithWhatWasMeant(string line, string message)
    {
        ConsoleRefusal refusal = Assert.Throws<ConsoleRefusal>(() => s_table.Parse(line.Split(' ')));

        Assert.StartsWith(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WordsWithoutADash_AndRepeatedOptions_StandInAnyOrder()
    {
        ConsoleCall call = s_table.Parse(["say", "-H", "x: y", "you", "-H", "-z", "hello"]);

        Assert.Equal(["you", "hello"], call.Arguments.AsEnumerable());
        Assert.Equal(["x: y", "-z"], call.All("-H").AsEnumerable());
        Assert.Equal(["say", "you", "hello"], call.WordsWithout("-H").AsEnumerable());
        Assert.Equal(["say", "you", "hello", "-H", "x: y", "-H", "-z"], call.WordsWithout("-r").AsEnumerable());
    }

    [Fact]
    public void ANumberOutOfRange_IsRefused()
    {
        ConsoleCall call = s_table.Parse(["cluster", "down", "-a", "11"]);

        Assert.Equal(11, call.Number("-a", 1, 0, 11));
        Assert.Equal(4, call.Number("-d", 4, 0, 10));
        Assert.Equal(
            "-a is `11`; it must be a whole number from 0 to 10",
            Assert.Throws<ConsoleRefusal>(() => call.Number("-a", 1, 0, 10)).Message);
    }

    [Fact]
    public void TwoCommandsOfOneName_AreABug() =>
        Assert.Throws<ArgumentException>(() => new CommandTable([Command("cluster show"), Command("cluster show")]));

    private static ConsoleCommand Command(string words) =>
        ConsoleCommand.Once(words, "does it", (_, _) => Task.FromResult(ConsoleAnswer.Line("done")));
}
