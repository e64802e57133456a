using System.Text;

namespace Mesh.Wire.Exchange;

/// <summary>
/// The head of a message: a table of byte ranges over an arena that the codec owns. It is valid for the whole exchange, so that
/// a retry can encode it again; nothing in it is a string until somebody cold asks.
/// </summary>
/// <remarks>Hot path: one instance per connection or stream, reused for each message. Not thread-safe: only the owning flow touches it.</remarks>
public abstract class MessageHead
{
    private const int InitialFields = 24;

    /// <summary>The bytes that all ranges point into.</summary>
    public byte[] Arena { get; internal set; } = [];

    /// <summary>Offset of the head's first byte in <see cref="Arena"/>.</summary>
    public int Start { get; internal set; }

    /// <summary>Offset just past the empty line that ends the head.</summary>
    public int End { get; internal set; }

    /// <summary>Offset of the first field line: the end of the start line's CRLF.</summary>
    public int FieldsStart { get; internal set; }

    internal Field[] FieldTable = new Field[InitialFields];

    /// <summary>How many entries of <see cref="Fields"/> are used.</summary>
    public int FieldCount { get; internal set; }

    /// <summary>The fields in the order they came, their case kept.</summary>
    public ReadOnlySpan<Field> Fields => FieldTable.AsSpan(0, FieldCount);

    /// <summary>0 for HTTP/1.0, 1 for HTTP/1.1 and above.</summary>
    public byte MinorVersion { get; internal set; }

    /// <summary>It came by HTTP/2.</summary>
    public bool IsHttp2 { get; internal set; }

    public BodyFraming Framing { get; internal set; }

    /// <summary>
    /// Bytes of the body when <see cref="Framing"/> is <see cref="BodyFraming.Length"/>; for HEAD and 304 what the field said; -1 when unknown.
    /// </summary>
    public long ContentLength { get; internal set; } = -1;

    /// <summary>True when the sender lets its connection persist after this message (RFC 9112 section 9.3).</summary>
    public bool KeepAlive { get; internal set; }

    /// <summary>One bit for each <see cref="KnownField"/> that occurs, so that absence costs one test.</summary>
    internal uint KnownMask;

    /// <summary>One bit for each <see cref="KnownField"/> that occurs more than once.</summary>
    internal uint RepeatedMask;

    /// <summary>Some field other than Transfer-Encoding stays at this hop: the fields cannot be copied in one run.</summary>
    internal bool AnyHopByHop;

    /// <summary>Some field came by HTTP/2 as one that no hop may put into a compression table (RFC 7541 section 7.1.3).</summary>
    internal bool AnyNeverIndexed;

    /// <summary>The same of a pseudo field; then all of them go on so.</summary>
    internal bool PseudoNeverIndexed;

    /// <summary>One bit for each such field; meaningless unless <see cref="AnyNeverIndexed"/>.</summary>
    private ulong[]? _neverIndexed;

    /// <summary>The start line can be forwarded as it came.</summary>
    internal bool StartLineVerbatim;

    /// <summary>Index of the only Content-Length field when it is written canonically, so that it can be forwarded as it came; else -1.</summary>
    internal int ContentLengthField = -1;

    /// <summary>Index of the Transfer-Encoding field (there is only one, and it says <c>chunked</c>); else -1.</summary>
    internal int TransferEncodingField = -1;

    /// <summary>Notes that a field of this name occurs.</summary>
    internal void Mark(KnownField known)
    {
        uint bit = 1u << (int)known;
        RepeatedMask |= KnownMask & bit;
        KnownMask |= bit;
    }

    internal void MarkNeverIndexed(int field)
    {
        _neverIndexed ??= new ulong[HeadEdits.MaxFields / 64];
        if (!AnyNeverIndexed) _neverIndexed.AsSpan().Clear();
        AnyNeverIndexed = true;
        _neverIndexed[field >> 6] |= 1UL << (field & 63);
    }

    internal bool IsNeverIndexed(int field) => AnyNeverIndexed && (_neverIndexed![field >> 6] & (1UL << (field & 63))) != 0;

    internal bool IsRepeated(KnownField known) => (RepeatedMask & (1u << (int)known)) != 0;

    public bool Has(KnownField known) => (KnownMask & (1u << (int)known)) != 0;

    public ReadOnlySpan<byte> Name(in Field field) => Arena.AsSpan(field.NameStart, field.NameLength);

    public ReadOnlySpan<byte> Value(in Field field) => Arena.AsSpan(field.ValueStart, field.ValueLength);

    /// <summary>The first field of that known name.</summary>
    public bool TryGetField(KnownField known, out ReadOnlySpan<byte> value)
    {
        if (Has(known))
        {
            foreach (ref readonly Field field in Fields)
            {
                if (field.Known == known)
                {
                    value = Value(field);
                    return true;
                }
            }
        }

        value = default;
        return false;
    }

    /// <summary>The first field whose name equals <paramref name="name"/>, ASCII case ignored.</summary>
    public bool TryGetField(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        foreach (ref readonly Field field in Fields)
        {
            if (field.NameLength == name.Length && Ascii.EqualsIgnoreCase(Name(field), name))
            {
                value = Value(field);
                return true;
            }
        }

        value = default;
        return false;
    }

    internal ref Field AddField()
    {
        if (FieldCount == FieldTable.Length) Array.Resize(ref FieldTable, FieldTable.Length * 2);
        return ref FieldTable[FieldCount++];
    }

    /// <summary>The exchange is over: an idle connection must not keep its last head's buffer alive.</summary>
    internal void LetGo() => Arena = [];

    /// <summary>Makes another head the same, with bytes of its own; all ranges lie between <see cref="Start"/> and <see cref="End"/>.</summary>
    private protected void CopyTo(MessageHead copy)
    {
        copy.Arena = Arena.AsSpan(Start, End - Start).ToArray();
        copy.End = End - Start;
        copy.FieldsStart = FieldsStart - Start;
        copy.FieldTable = FieldTable.AsSpan(0, FieldCount).ToArray();
        foreach (ref Field field in copy.FieldTable.AsSpan())
        {
            field.NameStart -= Start;
            field.ValueStart -= Start;
            field.LineEnd -= Start;
        }

        (copy.FieldCount, copy.MinorVersion, copy.Framing, copy.ContentLength) = (FieldCount, MinorVersion, Framing, ContentLength);
        (copy.KeepAlive, copy.KnownMask, copy.RepeatedMask, copy.AnyHopByHop) = (KeepAlive, KnownMask, RepeatedMask, AnyHopByHop);
        copy.IsHttp2 = IsHttp2;
        (copy.AnyNeverIndexed, copy.PseudoNeverIndexed) = (AnyNeverIndexed, PseudoNeverIndexed);
        if (AnyNeverIndexed) copy._neverIndexed = [.. _neverIndexed!];
        (copy.StartLineVerbatim, copy.ContentLengthField, copy.TransferEncodingField) =
            (StartLineVerbatim, ContentLengthField, TransferEncodingField);
    }

    internal virtual void Reset()
    {
        FieldCount = 0;
        KnownMask = RepeatedMask = 0;
        AnyHopByHop = AnyNeverIndexed = PseudoNeverIndexed = StartLineVerbatim = false;
        ContentLengthField = TransferEncodingField = -1;
        Framing = BodyFraming.None;
        ContentLength = -1;
        KeepAlive = IsHttp2 = false;
        Start = End = FieldsStart = 0;
    }
}
