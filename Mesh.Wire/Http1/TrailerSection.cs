using System.Text;
using Mesh.Wire.Exchange;

namespace Mesh.Wire.Http1;

/// <summary>
/// The trailer fields of one body as ready lines <c>name:value CRLF</c>, checked, without those that must not come in trailers
/// (RFC 9110 section 6.5.1): framing, routing, credentials, and what describes the content.
/// </summary>
/// <remarks>Bounded by the decoder's limit; holds no memory until a trailer comes. Reused.</remarks>
public sealed class TrailerSection
{
    private const int InitialBytes = 256;
    private byte[] _bytes = [];
    private int _kept;
    private int _end;

    /// <summary>The kept lines, each ended by CRLF.</summary>
    public ReadOnlySpan<byte> Lines => _bytes.AsSpan(0, _kept);

    public bool IsEmpty => _kept == 0;

    /// <summary>Trailers of the proxy's own: ready lines, each ended by CRLF, that nobody needs to check.</summary>
    public static TrailerSection Of(ReadOnlySpan<byte> lines)
    {
        TrailerSection section = new();
        section.Append(lines);
        section._kept = section._end;
        return section;
    }

    internal void Reset() => _kept = _end = 0;

    /// <summary>Adds the next piece of the line that is being read.</summary>
    internal void Append(ReadOnlySpan<byte> piece)
    {
        if (_end + piece.Length > _bytes.Length) Array.Resize(ref _bytes, Math.Max(InitialBytes, Math.Max(_bytes.Length * 2, _end + piece.Length)));
        piece.CopyTo(_bytes.AsSpan(_end));
        _end += piece.Length;
    }

    /// <summary>Judges the line that <see cref="Append"/> brought up to its LF. <paramref name="last"/> when it is the empty line.</summary>
    internal RejectReason EndLine(out bool last)
    {
        ReadOnlySpan<byte> line = _bytes.AsSpan(_kept, _end - _kept);
        last = line.SequenceEqual("\r\n"u8);
        if (last)
        {
            _end = _kept;
            return RejectReason.None;
        }

        if (line.Length < 2 || line[^2] != '\r') return RejectReason.BareLineFeed;
        int nameLength = line.IndexOfAnyExcept(Http1Bytes.Token);
        if (nameLength <= 0 || line[nameLength] != ':') return RejectReason.InvalidTrailer;
        if (line[nameLength..^2].ContainsAny(Http1Bytes.ValueStop)) return RejectReason.InvalidTrailer;
        if (IsForbidden(line[..nameLength])) _end = _kept;
        _kept = _end;
        return RejectReason.None;
    }

    private static bool IsForbidden(ReadOnlySpan<byte> name)
    {
        KnownField known = FieldNames.Find(name);
        if (known == KnownField.Other && FieldNames.ImitatesFraming(name)) return true;
        if (known is not (KnownField.Other or KnownField.Server or KnownField.Linkerd)) return true;
        return Is(name, "authorization"u8) || Is(name, "content-encoding"u8) || Is(name, "content-range"u8) || Is(name, "cookie"u8)
            || Is(name, "set-cookie"u8) || Is(name, "cache-control"u8) || Is(name, "range"u8) || Is(name, "location"u8)
            || Is(name, "www-authenticate"u8) || Is(name, "max-forwards"u8) || Is(name, "age"u8) || Is(name, "expires"u8)
            || Is(name, "vary"u8) || Is(name, "retry-after"u8) || Is(name, "pragma"u8);
    }

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> lower) => Ascii.EqualsIgnoreCase(name, lower);
}
