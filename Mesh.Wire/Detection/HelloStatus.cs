namespace Mesh.Wire.Detection;

/// <summary>What <see cref="ClientHello.Read"/> found.</summary>
public enum HelloStatus : byte
{
    /// <summary>More bytes are needed.</summary>
    More = 0,

    /// <summary>A hello that names its server.</summary>
    Named,

    /// <summary>A hello that names none, or one that is no host name.</summary>
    Unnamed,

    /// <summary>No hello, a malformed one, or one beyond the limits.</summary>
    NotHello,
}
