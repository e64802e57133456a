using System.Net;
using Mesh.Wire.Exchange;

namespace Mesh.Node.Telemetry.AccessLogs;

/// <summary>Whole lines that wait to be written. Has one owner at a time: a loop, the queue, or the writer.</summary>
internal sealed class LineBuffer
{
    /// <summary>Bytes; more than the longest line, which is five fields of <see cref="LineWriter.MaxFieldBytes"/> and change.</summary>
    public const int Size = 64 << 10;

    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Size);
    private int _length;

    /// <summary>Of the buffers that one loop fills, the lower one came first.</summary>
    public long Number { get; set; }

    public int Lines { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>False when the line does not fit any more; it always fits an empty buffer.</summary>
    public bool TryAppend(RequestHead head, IPAddress? remote, int status, long responseBytes, ReadOnlySpan<byte> stamp)
    {
        if (!AccessLogLine.TryFormat(_bytes.AsSpan(_length), head, remote, status, responseBytes, stamp, out int length)) return false;
        _length += length;
        Lines++;
        return true;
    }

    public void Clear() => _length = Lines = 0;
}
