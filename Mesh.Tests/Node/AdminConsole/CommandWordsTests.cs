using Mesh.Node.AdminConsole;
using Xunit;

namespace Mesh.Tests.Node.AdminConsole;

public sealed class CommandWordsTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("  cluster \t show ", "cluster|show")]
    [InlineData("ddata get -k \"a b\"", "ddata|get|-k|a b")]
    [InlineData("-k 'say \"hi\"' x", "-k|say \"hi\"|x")]
    [InlineData("-k ''", "-k|")]
    [InlineData("a\"b c\"d", "ab cd")]
    public void ALine_IsWordsAsInAShell(string line, string words)
    {
        Assert.True(CommandWords.TrySplit(line, out IReadOnlyList<string> found, out _));

        Assert.Equal(words, string.Join('|', found));
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "\"\"")]
    [InlineData("a b", "\"a b\"")]
    [InlineData("say \"hi\"", "'say \"hi\"'")]
    [InlineData("it's \"both\"", "'it'\"'\"'s \"both\"'")]
    public void AQuotedWord_IsReadAgainAsItself(string word, string quoted)
    {
        Assert.Equal(quoted, CommandWords.Quote(word));

        Assert.True(CommandWords.TrySplit(quoted, out IReadOnlyList<string> words, out _));
        Assert.Equal([word], words);
    }

    [Fact]
    public void AQuoteLeftOpen_IsRefused()
    {
        Assert.False(CommandWords.TrySplit("cluster \"show", out _, out string? fault));

        Assert.Equal("the quote \" is not closed", fault);
    }

    [Fact]
    public void ALineTooLong_IsRefused()
    {
        Assert.True(CommandWords.TrySplit(new string('x', CommandWords.MaxLine), out _, out _));
        Assert.False(CommandWords.TrySplit(new string('x', CommandWords.MaxLine + 1), out _, out string? fault));

        Assert.Equal("a line has at most 4096 characters", fault);
        Assert.True(CommandWords.TrySplit(new string('x', CommandWords.MaxLine + 1), out _, out _, CommandWords.MaxText));
    }
}
