using System.Buffers.Text;

namespace Mesh.Node.Proxy.Grpc;

/// <summary>The value of <c>grpc-timeout</c>: at most eight digits and a unit.</summary>
/// <remarks>Hot path. Source: gRPC's PROTOCOL-HTTP2.md.</remarks>
internal static class GrpcTimeout
{
    /// <summary>Eight digits and a unit.</summary>
    public const int LongestText = 9;

    private const long LargestNumber = 99_999_999;
    private const long NsPerHour = 3_600_000_000_000;

    /// <summary>Nanoseconds in each unit, the finest first.</summary>
    private static readonly long[] s_sizes = [1, 1_000, 1_000_000, 1_000_000_000, 60_000_000_000, NsPerHour];

    private static ReadOnlySpan<byte> Units => "numSMH"u8;

    /// <summary>Nanoseconds; what is longer than they can tell is the longest that they can.</summary>
    public static bool TryParse(ReadOnlySpan<byte> value, out long nanoseconds)
    {
        nanoseconds = 0;
        if (value.Length is < 2 or > LongestText) return false;
        int unit = Units.IndexOf(value[^1]);
        ReadOnlySpan<byte> digits = value[..^1];
        if (unit < 0 || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9') || !Utf8Parser.TryParse(digits, out long number, out _)) return false;
        long size = s_sizes[unit];
        nanoseconds = number > long.MaxValue / size ? long.MaxValue : number * size;
        return true;
    }

    /// <summary>Writes a time in the finest unit in which it fits, rounded down: a hop never gives more than it was given.</summary>
    /// <param name="nanoseconds">0 or more.</param>
    /// <param name="to">At least <see cref="LongestText"/>.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(long nanoseconds, Span<byte> to)
    {
        int unit = 0;
        while (unit < s_sizes.Length - 1 && nanoseconds / s_sizes[unit] > LargestNumber) unit++;
        Utf8Formatter.TryFormat(Math.Min(nanoseconds / s_sizes[unit], LargestNumber), to, out int length);
        to[length] = Units[unit];
        return length + 1;
    }
}
