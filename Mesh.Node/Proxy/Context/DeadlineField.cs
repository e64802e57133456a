using System.Buffers.Text;

namespace Mesh.Node.Proxy.Context;

/// <summary>
/// The value of <c>l5d-ctx-deadline</c>: when it was written and until when the caller waits, both wall-clock nanoseconds since 1970.
/// </summary>
/// <remarks>
/// Source: finagle's Deadline. Clocks of hosts differ, so that nobody refuses by it, as Linkerd does not; <c>l5d-remaining-ms</c> is what counts
/// between Mesh nodes.
/// </remarks>
internal readonly record struct DeadlineField(long WrittenNs, long DeadlineNs)
{
    /// <summary>Two numbers of 19 digits, a sign each, and a space.</summary>
    public const int LongestText = 41;

    /// <summary>Later written, earlier over: what two deadlines come to.</summary>
    public static DeadlineField Strictest(DeadlineField one, DeadlineField other) =>
        new(Math.Max(one.WrittenNs, other.WrittenNs), Math.Min(one.DeadlineNs, other.DeadlineNs));

    public static bool TryParse(ReadOnlySpan<byte> value, out DeadlineField deadline)
    {
        deadline = default;
        if (!Utf8Parser.TryParse(value, out long written, out int length) || length == value.Length || value[length] != ' ') return false;
        value = value[(length + 1)..];
        if (!Utf8Parser.TryParse(value, out long until, out length) || length != value.Length) return false;
        deadline = new DeadlineField(written, until);
        return true;
    }

    /// <summary>Writes the value into at least <see cref="LongestText"/> bytes; its length.</summary>
    public int Write(Span<byte> to)
    {
        Utf8Formatter.TryFormat(WrittenNs, to, out int length);
        to[length++] = (byte)' ';
        Utf8Formatter.TryFormat(DeadlineNs, to[length..], out int more);
        return length + more;
    }
}
