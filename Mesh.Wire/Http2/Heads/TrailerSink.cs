using Mesh.Wire.Http1;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Http2.Heads;

/// <summary>
/// Takes the block that ends a stream into a <see cref="TrailerSection"/>, which leaves out what must not come in trailers. A pseudo field, or
/// what no head may hold, makes the message malformed (RFC 9113 section 8.1).
/// </summary>
internal struct TrailerSink : IHpackSink
{
    private readonly TrailerSection _section;

    /// <summary>The section is emptied.</summary>
    public TrailerSink(TrailerSection section)
    {
        _section = section;
        section.Reset();
    }

    /// <summary>Why the block is refused; read once it is decoded.</summary>
    public RejectReason Reason { get; private set; }

    public void Field(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value, bool neverIndexed)
    {
        if (Reason != RejectReason.None) return;
        Reason = FieldRules.Judge(name, value, out KnownField _);
        if (Reason != RejectReason.None) return;
        _section.Append(name);
        _section.Append(":"u8);
        _section.Append(value);
        _section.Append("\r\n"u8);
        Reason = _section.EndLine(out _);
    }
}
