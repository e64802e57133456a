namespace Mesh.Discovery.Namerd;

/// <summary>Cuts bytes into lines, however they come; a line that is too long is told, not kept.</summary>
/// <remarks>One reader: <see cref="Room"/>, then <see cref="Filled"/>, then <see cref="TryTake"/> until it has none.</remarks>
/// <param name="maxBytes">Longest line, its end not counted.</param>
internal sealed class LineCutter(int maxBytes)
{
    private const int FirstBytes = 4 * 1024;

    private byte[] _bytes = new byte[Math.Min(FirstBytes, maxBytes + 1)];
    private int _start;
    private int _searched;
    private int _end;

    /// <summary>The line under way has outgrown the limit: nothing more can be read.</summary>
    public bool IsTooLong => _start == 0 && _searched == _end && _end > maxBytes;

    /// <summary>Where the next bytes go; never empty unless <see cref="IsTooLong"/>.</summary>
    public Memory<byte> Room()
    {
        if (_start > 0)
        {
            _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
            (_end, _searched, _start) = (_end - _start, _searched - _start, 0);
        }

        if (_end == _bytes.Length && _bytes.Length <= maxBytes) Array.Resize(ref _bytes, Math.Min(_bytes.Length * 2, maxBytes + 1));
        return _bytes.AsMemory(_end);
    }

    public void Filled(int count) => _end += count;

    /// <summary>The next whole line without its end; good until the next call of <see cref="Room"/>.</summary>
    public bool TryTake(out ReadOnlySpan<byte> line)
    {
        int length = _bytes.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
        if (length < 0)
        {
            _searched = _end;
            line = default;
            return false;
        }

        line = _bytes.AsSpan(_start, _searched + length - _start).TrimEnd((byte)'\r');
        _start = _searched = _searched + length + 1;
        return true;
    }
}
