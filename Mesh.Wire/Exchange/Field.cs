namespace Mesh.Wire.Exchange;

/// <summary>One field line of a head: slices of the head's arena, never strings. Name and value exclude the colon and optional white space.</summary>
/// <remarks>Hot path: a value type in a pooled table.</remarks>
public struct Field
{
    /// <summary>Offset of the name in the arena; also the start of the field line.</summary>
    public int NameStart;
    public int ValueStart;
    public int ValueLength;

    /// <summary>Offset just past the line's CRLF, so that kept lines are copied in raw runs.</summary>
    public int LineEnd;
    public ushort NameLength;
    public KnownField Known;

    /// <summary>The field does not travel beyond this hop (RFC 9110 section 7.6.1), by its name or because Connection lists it.</summary>
    public bool HopByHop;
}
