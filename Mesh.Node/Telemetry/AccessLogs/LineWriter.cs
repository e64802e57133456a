using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Node.Telemetry.AccessLogs;

/// <summary>Puts the pieces of a line one after the other; what clients chose is escaped, so that none of them writes a line of its own.</summary>
/// <remarks>
/// Hot path: bytes to bytes. Escapes are those of Apache's <c>ap_escape_logitem</c>: <c>\"</c>, <c>\\</c>, <c>\n</c> and its kind, <c>\xhh</c> for
/// all else that is not printable ASCII.
/// </remarks>
internal ref struct LineWriter(Span<byte> to)
{
    /// <summary>Bytes of one field of a line, escapes counted; what is longer ends in <c>...</c>.</summary>
    public const int MaxFieldBytes = 8192;

    private const int LongestEscape = 4;

    /// <summary>What stands in a field as it is; a field between quotes also has spaces.</summary>
    private static readonly SearchValues<byte> s_quoted = SearchValues.Create(Plain(' '));
    private static readonly SearchValues<byte> s_bare = SearchValues.Create(Plain('!'));

    private readonly Span<byte> _to = to;

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>Something did not fit: the line is to be thrown away.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Our own text.</summary>
    public void Literal(scoped ReadOnlySpan<byte> text)
    {
        if (text.TryCopyTo(_to[Length..])) Length += text.Length;
        else IsFull = true;
    }

    public void Number(long value)
    {
        if (value.TryFormat(_to[Length..], out int written)) Length += written;
        else IsFull = true;
    }

    /// <summary>Who connected, or <c>-</c>; an IPv4 address that an IPv6 socket saw is told as IPv4.</summary>
    public void Address(IPAddress? address)
    {
        if (address is null) Literal("-"u8);
        else if (address.AddressFamily == AddressFamily.InterNetworkV6 && address.IsIPv4MappedToIPv6) MappedAddress(address);
        else if (address.TryFormat(_to[Length..], out int written)) Length += written;
        else IsFull = true;
    }

    /// <summary>A client's text that stands between quotes.</summary>
    public void Quoted(scoped ReadOnlySpan<byte> text) => Escaped(text, s_quoted);

    /// <summary>A client's text that ends at the next space; <c>-</c> when there is none.</summary>
    public void Bare(scoped ReadOnlySpan<byte> text) => Escaped(text.IsEmpty ? "-"u8 : text, s_bare);

    /// <summary>A method: upstream writes it in capitals.</summary>
    public void Method(scoped ReadOnlySpan<byte> method)
    {
        int start = Length;
        Bare(method);
        foreach (ref byte each in _to[start..Length])
        {
            if (each is >= (byte)'a' and <= (byte)'z') each -= 'a' - 'A';
        }
    }

    private void Escaped(scoped ReadOnlySpan<byte> text, SearchValues<byte> plain)
    {
        int end = Length + MaxFieldBytes;
        while (!text.IsEmpty && !IsFull)
        {
            int run = text.IndexOfAnyExcept(plain);
            if (run < 0) run = text.Length;
            bool cut = run > end - Length || (run == 0 && end - Length < LongestEscape);
            if (cut)
            {
                Literal(text[..Math.Min(run, end - Length)]);
                Literal("..."u8);
                return;
            }

            if (run > 0) Literal(text[..run]);
            else Escape(text[run++]);
            text = text[run..];
        }
    }

    private void Escape(byte value)
    {
        switch (value)
        {
            case (byte)'"': Literal("\\\""u8); break;
            case (byte)'\\': Literal("\\\\"u8); break;
            case (byte)'\b': Literal("\\b"u8); break;
            case (byte)'\n': Literal("\\n"u8); break;
            case (byte)'\r': Literal("\\r"u8); break;
            case (byte)'\t': Literal("\\t"u8); break;
            case (byte)'\v': Literal("\\v"u8); break;
            default:
                ReadOnlySpan<byte> digits = "0123456789abcdef"u8;
                Literal([(byte)'\\', (byte)'x', digits[value >> 4], digits[value & 15]]);
                break;
        }
    }

    private void MappedAddress(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        for (int part = 12; part < 16; part++)
        {
            if (part > 12) Literal("."u8);
            Number(bytes[part]);
        }
    }

    private static byte[] Plain(char first) =>
        [.. Enumerable.Range(first, '~' - first + 1).Where(each => each is not ('"' or '\\')).Select(each => (byte)each)];
}
