namespace Mesh.Routing.Identifiers;

/// <summary>What an identifier takes from a request.</summary>
/// <remarks>Hot path; lives on the stack. The key is valid until the head is let go, or the thread identifies another request.</remarks>
public ref struct Identification
{
    /// <summary>The identifier's place in its list: two identifiers may take the same bytes and mean different names.</summary>
    public int Identifier { get; set; }

    /// <summary>The bytes that name the request; may be empty.</summary>
    public ReadOnlySpan<byte> Key { get; init; }

    /// <summary>Bytes at the front of the request's target that are not forwarded; 0 for all but a consuming <see cref="PathIdentifier"/>.</summary>
    public int ConsumedTarget { get; init; }
}
