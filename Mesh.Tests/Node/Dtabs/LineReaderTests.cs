using System.IO.Pipelines;
using System.Text;
using Mesh.Node.Dtabs;
using Xunit;

namespace Mesh.Tests.Node.Dtabs;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("a", "a|")]
    [InlineData("a\n", "a|")]
    [InlineData("\n\n", "||")]
    [InlineData("a\r\nb\r\n", "a|b|")]
    [InlineData("a\rb\n", "a\rb|")]
    [InlineData("é\n", "é|")]
    public async Task CutsAtLineEnds(string input, string lines)
    {
        Assert.Equal(lines, string.Concat((await ReadAll(Encoding.UTF8.GetBytes(input))).Select(static line => line.Text + "|")));
    }

    [Fact]
    public async Task ALineMayBeAsLongAsTheLimit_AndWhatIsLongerIsDropped()
    {
        string most = new('a', LineReader.MaxLineBytes);

        List<InputLine> lines = await ReadAll(Encoding.UTF8.GetBytes($"{most}\n{most}b\nc\n{most}{most}"));

        Assert.Equal([(most.Length, false), (0, true), (1, false), (0, true)], lines.Select(static line => (line.Text.Length, line.IsTooLong)));
    }

    [Fact]
    public async Task GivesALineBeforeTheNextHasBegun()
    {
        var pipe = new Pipe();
        var reader = new LineReader(pipe.Reader.AsStream());
        Task<InputLine?> first = reader.ReadAsync(CancellationToken.None).AsTask();
        await pipe.Writer.WriteAsync("on"u8.ToArray());
        Assert.False(first.IsCompleted);

        await pipe.Writer.WriteAsync("e\ntw"u8.ToArray());
        Assert.Equal("one", (await first.WaitAsync(TimeSpan.FromSeconds(30)))?.Text);

        Task<InputLine?> second = reader.ReadAsync(CancellationToken.None).AsTask();
        Assert.False(second.IsCompleted);
        await pipe.Writer.CompleteAsync();
        Assert.Equal("tw", (await second.WaitAsync(TimeSpan.FromSeconds(30)))?.Text);
        Assert.Null(await reader.ReadAsync(CancellationToken.None));
    }

    private static async Task<List<InputLine>> ReadAll(byte[] input)
    {
        using var stream = new MemoryStream(input);
        var reader = new LineReader(stream);
        var lines = new List<InputLine>();
        while (await reader.ReadAsync(CancellationToken.None) is { } line) lines.Add(line);
        return lines;
    }
}
