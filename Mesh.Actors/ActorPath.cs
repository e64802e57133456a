using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Mesh.Actors;

/// <summary>The name of an actor's place in the tree, <c>mesh://system/user/a/b</c>. Immutable.</summary>
/// <remarks>
/// A place outlives its actor: two actors that held one name after another have equal paths and different <see cref="Uid"/>s, as in Akka.
/// </remarks>
public sealed class ActorPath : IEquatable<ActorPath>
{
    /// <summary>Longest element, in characters. A name is an address that crosses the wire, not a payload.</summary>
    public const int MaxNameLength = 255;

    /// <summary>Deepest path that is parsed, in elements. Deeper ones come from a mistake or an attack.</summary>
    public const int MaxDepth = 64;

    private static readonly SearchValues<char> s_nameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.*$+:@&=,!~';%");

    private string? _text;

    private ActorPath(Address address, ActorPath? parent, string name, long uid)
    {
        Address = address;
        Parent = parent;
        Name = name;
        Uid = uid;
    }

    /// <summary>The system that the path starts at.</summary>
    public Address Address { get; }

    /// <summary>Null for the root.</summary>
    public ActorPath? Parent { get; }

    /// <summary>The last element; empty for the root.</summary>
    public string Name { get; }

    /// <summary>Tells incarnations of one path apart; 0 means any. Not part of equality.</summary>
    public long Uid { get; }

    /// <summary>The path <c>mesh://system/</c>.</summary>
    public static ActorPath Root(Address address) => new(address, null, "", 0);

    /// <summary>The path of a child.</summary>
    /// <exception cref="ArgumentException">The name breaks the rules of <see cref="IsValidName"/>.</exception>
    public ActorPath Child(string name, long uid = 0)
    {
        if (!IsValidElement(name)) throw new ArgumentException($"\"{name}\" is no actor name. {NameRule}", nameof(name));
        return new ActorPath(Address, this, name, uid);
    }

    /// <summary>What a caller may name an actor: 1 to 255 ASCII letters, digits or <c>-_.*+:@&amp;=,!~';%$</c>, not starting with <c>$</c>.</summary>
    public static bool IsValidName(ReadOnlySpan<char> name) => IsValidElement(name) && name[0] != '$';

    /// <summary>Reads <c>mesh://system[@host:port]/a/b[#uid]</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ActorPath? path)
    {
        path = null;
        const string scheme = Address.Protocol + "://";
        if (!text.StartsWith(scheme, StringComparison.Ordinal)) return false;
        string[] parts = text[scheme.Length..].Split('/', MaxDepth + 2);
        if (parts.Length > MaxDepth + 1 || !Address.TryParse(parts[0], out Address? address)) return false;

        ActorPath place = Root(address!);
        for (int i = 1; i < parts.Length; i++)
        {
            string name = parts[i];
            bool last = i == parts.Length - 1;
            if (last && i == 1 && name.Length == 0) break;
            long uid = 0;
            int hash = last ? name.IndexOf('#') : -1;
            if (hash >= 0 && !long.TryParse(name.AsSpan(hash + 1), out uid)) return false;
            if (hash >= 0) name = name[..hash];
            if (!IsValidElement(name)) return false;
            place = new ActorPath(place.Address, place, name, uid);
        }

        path = place;
        return true;
    }

    /// <summary>The path without its uid.</summary>
    public override string ToString() => _text ??= Parent switch
    {
        null => $"{Address}/",
        { Parent: null } => $"{Parent}{Name}",
        _ => $"{Parent}/{Name}",
    };

    public bool Equals(ActorPath? other) =>
        ReferenceEquals(this, other) || (other is not null && string.Equals(ToString(), other.ToString(), StringComparison.Ordinal));

    public override bool Equals(object? obj) => Equals(obj as ActorPath);

    public override int GetHashCode() => string.GetHashCode(ToString(), StringComparison.Ordinal);

    internal const string NameRule = "A name has 1 to 255 ASCII letters, digits or -_.*+:@&=,!~';%$ and does not start with $.";

    // Names that the system gives ($1, $2 ...) start with $, so they can never meet a caller's.
    private static bool IsValidElement(ReadOnlySpan<char> name) =>
        name.Length is > 0 and <= MaxNameLength && !name.ContainsAnyExcept(s_nameCharacters);
}
