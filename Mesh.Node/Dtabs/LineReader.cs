using System.Buffers;
using System.Text;

namespace Mesh.Node.Dtabs;

/// <summary>A line of input without its end (<c>\n</c> or <c>\r\n</c>); one that is too long has no text.</summary>
internal readonly record struct InputLine(string Text, bool IsTooLong);

/// <summary>Cuts a stream into lines, each as soon as its end has come.</summary>
/// <remarks>One reader. Memory is bounded by the longest line allowed; the rest of a longer one is read and dropped.</remarks>
internal sealed class LineReader(Stream input)
{
    /// <summary>The longest line, bytes: no dtab may be longer either.</summary>
    public const int MaxLineBytes = 1 << 20;

    private const int ChunkBytes = 16 * 1024;

    private readonly byte[] _chunk = new byte[ChunkBytes];
    private readonly ArrayBufferWriter<byte> _line = new();
    private int _start;
    private int _end;
    private bool _isTooLong;

    /// <summary>The next line, or null at the end of the input. A last line without an end counts.</summary>
    public async ValueTask<InputLine?> ReadAsync(CancellationToken cancel)
    {
        while (true)
        {
            int length = _chunk.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            Keep(length < 0 ? _end - _start : length);
            if (length >= 0)
            {
                _start++;
                return Take();
            }
            _start = 0;
            _end = await input.ReadAsync(_chunk, cancel).ConfigureAwait(false);
            if (_end == 0) return _line.WrittenCount > 0 || _isTooLong ? Take() : null;
        }
    }

    private void Keep(int count)
    {
        if (_line.WrittenCount + count > MaxLineBytes) _isTooLong = true;
        else _line.Write(_chunk.AsSpan(_start, count));
        _start += count;
    }

    private InputLine Take()
    {
        string text = _isTooLong ? "" : Encoding.UTF8.GetString(_line.WrittenSpan);
        if (text.EndsWith('\r')) text = text[..^1];
        var line = new InputLine(text, _isTooLong);
        _line.ResetWrittenCount();
        _isTooLong = false;
        return line;
    }
}
