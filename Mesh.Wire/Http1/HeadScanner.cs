using System.Runtime.CompilerServices;

namespace Mesh.Wire.Http1;

/// <summary>
/// Finds the end of a head without ever looking at a byte twice, however slowly it drips in, and refuses early what cannot become valid:
/// a sender of bare LF would otherwise be held until its time is up.
/// </summary>
internal static class HeadScanner
{
    /// <summary>
    /// Moves <paramref name="start"/> past leading empty lines (RFC 9112 section 2.2). The first byte after them is there when this says
    /// Complete.
    /// </summary>
    public static HeadStatus SkipEmptyLines(byte[] arena, ref int start, int end, Http1Limits limits, out RejectReason reason)
    {
        reason = RejectReason.None;
        for (int lines = 0; start < end && arena[start] < 0x20; lines++)
        {
            if (arena[start] == '\n') reason = RejectReason.BareLineFeed;
            else if (arena[start] != '\r') reason = RejectReason.InvalidRequestLine;
            else if (start + 1 == end) return HeadStatus.NeedMore;
            else if (arena[start + 1] != '\n') reason = RejectReason.BareCarriageReturn;
            else if (lines == limits.MaxLeadingEmptyLines) reason = RejectReason.TooManyEmptyLines;
            if (reason != RejectReason.None) return HeadStatus.Rejected;
            start += 2;
        }

        return start < end ? HeadStatus.Complete : HeadStatus.NeedMore;
    }

    /// <summary>The offset just past the empty line that ends the head, or -1. <paramref name="scanned"/> is how far earlier calls looked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int FindEnd(byte[] arena, int start, int end, int scanned)
    {
        int from = Math.Max(start, scanned - 3);
        int at = arena.AsSpan(from, end - from).IndexOf("\r\n\r\n"u8);
        return at < 0 ? -1 : from + at + 4;
    }

    /// <summary>
    /// What is wrong with a head that has not ended: too long, or a bare LF in its new bytes. <paramref name="startLineEnd"/> is the offset past the
    /// start line when that line came to its end among the new bytes, so that the caller can judge it now; else -1.
    /// </summary>
    public static RejectReason JudgePartial(byte[] arena, int start, int end, int scanned, Http1Limits limits, out int startLineEnd)
    {
        startLineEnd = -1;
        if (end - start > limits.MaxHeadBytes) return RejectReason.HeadTooLarge;
        int window = Math.Min(end - start, limits.MaxStartLineBytes);
        int firstLine = arena.AsSpan(start, window).IndexOf((byte)'\n');
        if (firstLine < 0 && end - start >= limits.MaxStartLineBytes) return RejectReason.StartLineTooLong;
        for (int at = Math.Max(scanned, start); at < end; at++)
        {
            int next = arena.AsSpan(at, end - at).IndexOf((byte)'\n');
            if (next < 0) break;
            at += next;
            if (at == start || arena[at - 1] != '\r') return RejectReason.BareLineFeed;
            if (at == start + firstLine) startLineEnd = at + 1;
        }

        return RejectReason.None;
    }
}
