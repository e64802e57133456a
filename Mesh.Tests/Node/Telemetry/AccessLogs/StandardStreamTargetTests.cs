using System.Text;
using Mesh.Node.Telemetry.AccessLogs;
using Xunit;

namespace Mesh.Tests.Node.Telemetry.AccessLogs;

public sealed class StandardStreamTargetTests
{
    private sealed class PiecesStream : MemoryStream
    {
        public List<string> Pieces { get; } = [];

        public override void Write(ReadOnlySpan<byte> buffer) => Pieces.Add(Encoding.ASCII.GetString(buffer));
    }

    [Fact]
    public void Lines_GoInPiecesThatAPipeTakesWhole()
    {
        using PiecesStream stream = new();
        using StandardStreamTarget target = new(stream);
        string text = string.Concat(Enumerable.Repeat(new string('x', 99) + "\n", 100)) + new string('y', 5000) + "\nz\n";

        target.Write(Encoding.ASCII.GetBytes(text));

        Assert.Equal(text, string.Concat(stream.Pieces));
        Assert.All(stream.Pieces, piece => Assert.True(piece.Length <= 4096 || piece.Count(each => each == '\n') == 1));
        Assert.All(stream.Pieces, piece => Assert.EndsWith("\n", piece, StringComparison.Ordinal));
    }
}
