using Mesh.Node.AdminConsole;
using Mesh.Node.AdminConsole.Prompt;
using Xunit;

namespace Mesh.Tests.Node.AdminConsole.Prompt;

public sealed class LineEditorTests
{
    private readonly LineEditor _line = new(["one", "two words"]);

    [Fact]
    public void Keys_EditAtTheCursor()
    {
        Type("ac");
        Press(ConsoleKey.LeftArrow);
        Type("b");
        Assert.Equal(("abc", 2), (_line.Text, _line.Cursor));

        Press(ConsoleKey.Backspace);
        Press(ConsoleKey.Delete);

        Assert.Equal(("a", 1), (_line.Text, _line.Cursor));
        Assert.Equal(LineAction.None, Press(ConsoleKey.Delete));
        Press(ConsoleKey.Home);
        Assert.Equal(LineAction.None, Press(ConsoleKey.Backspace));
    }

    [Fact]
    public void Words_AreCutAndPutBack()
    {
        Type("dest show -n users");
        Control(ConsoleKey.W);
        Assert.Equal("dest show -n ", _line.Text);

        Control(ConsoleKey.A);
        Control(ConsoleKey.Y);
        Assert.Equal("usersdest show -n ", _line.Text);

        Control(ConsoleKey.U);
        Control(ConsoleKey.RightArrow);
        Control(ConsoleKey.K);
        Assert.Equal(("dest", 4), (_line.Text, _line.Cursor));
    }

    [Fact]
    public void TheHistory_IsWalked_AndTheDraftComesBack()
    {
        Type("dra");
        Press(ConsoleKey.UpArrow);
        Assert.Equal(("two words", 9), (_line.Text, _line.Cursor));
        Control(ConsoleKey.P);
        Assert.Equal("one", _line.Text);
        Assert.Equal(LineAction.None, Press(ConsoleKey.UpArrow));

        Press(ConsoleKey.DownArrow);
        Control(ConsoleKey.N);

        Assert.Equal("dra", _line.Text);
        Assert.Equal(LineAction.None, Press(ConsoleKey.DownArrow));
    }

    [Fact]
    public void CtrlD_EndsOnlyAnEmptyLine_AndCtrlCGivesUpAny()
    {
        Assert.Equal(LineAction.End, Control(ConsoleKey.D));
        Type("ab");
        Press(ConsoleKey.Home);
        Assert.Equal(LineAction.Show, Control(ConsoleKey.D));
        Assert.Equal("b", _line.Text);
        Assert.Equal(LineAction.Abandon, Control(ConsoleKey.C));
        Assert.Equal(LineAction.Accept, Press(ConsoleKey.Enter));
        Assert.Equal(LineAction.Complete, Press(ConsoleKey.Tab));
    }

    [Fact]
    public void ALineTakesNoMoreThanACommandMayHave()
    {
        Type(new string('x', CommandWords.MaxLine));

        Assert.Equal(LineAction.None, _line.Press(new ConsoleKeyInfo('y', ConsoleKey.Y, false, false, false)));
        Assert.Equal(CommandWords.MaxLine, _line.Text.Length);
    }

    [Theory]
    [InlineData("", 0, 20, "> ", 2)]
    [InlineData("abc", 1, 20, "> abc", 3)]
    [InlineData("0123456789abcdefghij", 20, 20, "> 3456789abcdefghij", 19)]
    [InlineData("0123456789abcdefghij", 0, 20, "> 0123456789abcdefg", 2)]
    [InlineData("0123456789abcdefghijklmnopqrst", 15, 20, "> 3456789abcdefghij", 14)]
    public void ALongLine_IsSeenThroughAWindowAroundTheCursor(string text, int cursor, int width, string shown, int column) =>
        Assert.Equal(new LineView(shown, column), LineView.Of("> ", text, cursor, width));

    private void Type(string text)
    {
        foreach (char letter in text) _line.Press(new ConsoleKeyInfo(letter, default, false, false, false));
    }

    private LineAction Press(ConsoleKey key) => _line.Press(new ConsoleKeyInfo('\0', key, false, false, false));

    private LineAction Control(ConsoleKey key) => _line.Press(new ConsoleKeyInfo('\0', key, false, false, control: true));
}
