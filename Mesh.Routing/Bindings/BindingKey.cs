namespace Mesh.Routing.Bindings;

/// <summary>
/// What tells one binding of a router from another: who identified the request, by which bytes, and the rules that the request brought.
/// </summary>
/// <param name="name">The bytes that name the request.</param>
/// <param name="identifier">The identifier's place in the router's list.</param>
/// <param name="overrides">The text of the request's own dtab, as it came; empty for none.</param>
/// <remarks>Hot path; lives on the stack, and a hit copies nothing of it.</remarks>
public readonly ref struct BindingKey(ReadOnlySpan<byte> name, int identifier = 0, ReadOnlySpan<byte> overrides = default)
{
    public ReadOnlySpan<byte> Name { get; } = name;

    public int Identifier { get; } = identifier;

    public ReadOnlySpan<byte> Overrides { get; } = overrides;

    public int Length => Name.Length + Overrides.Length;
}

/// <summary>A key as the cache keeps it.</summary>
internal sealed class StoredKey(in BindingKey key)
{
    private readonly byte[] _name = key.Name.ToArray();
    private readonly byte[] _overrides = key.Overrides.ToArray();
    private readonly int _identifier = key.Identifier;

    public bool HasOverrides => _overrides.Length > 0;

    public BindingKey Key => new(_name, _identifier, _overrides);

    public bool Is(in BindingKey key) =>
        key.Name.SequenceEqual(_name) && key.Identifier == _identifier && key.Overrides.SequenceEqual(_overrides);
}

/// <summary>Byte-exact equality of keys.</summary>
internal sealed class BindingKeyComparer : IEqualityComparer<StoredKey>, IAlternateEqualityComparer<BindingKey, StoredKey>
{
    public static BindingKeyComparer Instance { get; } = new();

    public StoredKey Create(BindingKey alternate) => new(alternate);

    public bool Equals(StoredKey? x, StoredKey? y) => ReferenceEquals(x, y) || (x is not null && y is not null && Equals(x.Key, y));

    public bool Equals(BindingKey alternate, StoredKey other) => other.Is(alternate);

    public int GetHashCode(StoredKey obj) => GetHashCode(obj.Key);

    /// <summary>Seeded for each process, so that nobody can send keys that all collide.</summary>
    public int GetHashCode(BindingKey alternate)
    {
        var hash = new HashCode();
        hash.AddBytes(alternate.Name);
        if (!alternate.Overrides.IsEmpty) hash.AddBytes(alternate.Overrides);
        return hash.ToHashCode() + alternate.Identifier;
    }
}
