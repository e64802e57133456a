using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Http2.Heads;

/// <summary>
/// Makes a head of the fields of a block. In its arena the head stands as HTTP/1.1 would write it, start line and lines, so that an HTTP/1
/// hop copies it as it copies its own, and all that reads a head reads it the same way.
/// </summary>
/// <remarks>
/// Hot path: nothing is allocated once warm. One instance a stream, reused: begin, decode into <see cref="Sink"/>, finish, and
/// <see cref="Release"/> when the exchange is over, which ends the head's life.
/// </remarks>
internal abstract class HeadBuilder(Http1Limits limits)
{
    private HeadArena? _cookies;
    private bool _fieldsBegun;
    private bool _cookieNeverIndexed;

    /// <summary>For the decoder.</summary>
    public readonly struct Sink(HeadBuilder builder) : IHpackSink
    {
        public void Field(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value, bool neverIndexed) =>
            builder.Take(name, value, neverIndexed);
    }

    protected Http1Limits Limits { get; } = limits;

    protected HeadArena Arena { get; } = new();

    /// <summary>The first fault; what comes after it is not looked at.</summary>
    protected RejectReason Reason { get; set; }

    protected abstract MessageHead Head { get; }

    /// <summary>Gives the head's memory back. The head must be read no more.</summary>
    public void Release()
    {
        Arena.Release();
        _cookies?.Release();
    }

    protected void BeginHead()
    {
        Arena.Clear();
        _cookies?.Clear();
        Reason = RejectReason.None;
        _fieldsBegun = _cookieNeverIndexed = false;
        Head.Reset();
        Head.MinorVersion = 1;
        Head.KeepAlive = Head.IsHttp2 = true;
    }

    /// <summary>The block is over: the head's ranges are set, or why it is refused.</summary>
    protected RejectReason FinishHead()
    {
        if (!_fieldsBegun) BeginFields();
        if (_cookies is { Length: > 0 }) Append("cookie"u8, _cookies.Bytes.AsSpan(0, _cookies.Length), KnownField.Other, _cookieNeverIndexed);
        if (Reason != RejectReason.None) return Reason;
        Arena.Append("\r\n"u8);
        Head.Arena = Arena.Bytes;
        Head.End = Arena.Length;
        return RejectReason.None;
    }

    /// <summary>Keeps a pseudo field, whose name begins with a colon.</summary>
    protected abstract RejectReason TakePseudo(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);

    /// <summary>All pseudo fields are there: judges them and writes the start line, and lines that follow from them.</summary>
    protected abstract RejectReason WriteStartLine();

    /// <summary>Judges a field by more than its bytes. <paramref name="keeps"/> false: it says nothing new and is left out.</summary>
    protected abstract RejectReason JudgeField(KnownField known, ReadOnlySpan<byte> value, out bool keeps);

    /// <summary>Writes a line and notes it in the table; neither span points into the arena.</summary>
    protected void Append(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value, KnownField known, bool neverIndexed)
    {
        if (Head.FieldCount == HeadEdits.MaxFields)
        {
            Reason = RejectReason.TooManyFields;
            return;
        }

        if (neverIndexed) Head.MarkNeverIndexed(Head.FieldCount);
        Head.Mark(known);
        ref Field field = ref Head.AddField();
        field.NameStart = Arena.Length;
        field.NameLength = (ushort)name.Length;
        Arena.Append(name);
        Arena.Append(": "u8);
        field.ValueStart = Arena.Length;
        field.ValueLength = value.Length;
        Arena.Append(value);
        Arena.Append("\r\n"u8);
        field.LineEnd = Arena.Length;
        field.Known = known;
        field.HopByHop = FieldNames.IsHopByHop(known);
        Head.AnyHopByHop |= field.HopByHop;
    }

    private void Take(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value, bool neverIndexed)
    {
        if (Reason != RejectReason.None) return;
        if (!name.IsEmpty && name[0] == ':')
        {
            Head.PseudoNeverIndexed |= neverIndexed;
            Reason = _fieldsBegun ? RejectReason.InvalidPseudoField : TakePseudo(name, value);
            return;
        }

        if (!_fieldsBegun) BeginFields();
        if (Reason != RejectReason.None) return;
        Reason = FieldRules.Judge(name, value, out KnownField known);
        if (Reason != RejectReason.None) return;
        Reason = JudgeField(known, value, out bool keeps);
        if (Reason != RejectReason.None || !keeps) return;
        if (name.SequenceEqual("cookie"u8)) TakeCookie(value, neverIndexed);
        else Append(name, value, known, neverIndexed);
    }

    private void BeginFields()
    {
        _fieldsBegun = true;
        if (Reason == RejectReason.None) Reason = WriteStartLine();
    }

    /// <summary>
    /// HTTP/2 may cut a cookie into crumbs; HTTP/1 has one line for all (RFC 9113 section 8.2.3). It comes last. An empty crumb says nothing, and
    /// would leave white space at the end, which the next hop refuses.
    /// </summary>
    private void TakeCookie(scoped ReadOnlySpan<byte> crumb, bool neverIndexed)
    {
        if (crumb.IsEmpty) return;
        _cookies ??= new HeadArena();
        if (_cookies.Length > 0) _cookies.Append("; "u8);
        _cookies.Append(crumb);
        _cookieNeverIndexed |= neverIndexed;
    }
}
