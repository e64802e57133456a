using System.Buffers;

namespace Mesh.Routing.Routes;

/// <summary>Bounds of namespaces. Equal on all nodes.</summary>
public static class RouteLimits
{
    /// <summary>Bytes of a dtab's text; what the parser takes in characters.</summary>
    public const int MaxDtabBytes = 1 << 20;

    /// <summary>Bytes of a dtab's text when packed: a command with it must fit one message of an actor.</summary>
    public const int MaxPackedBytes = 960 * 1024;

    /// <summary>Bytes of a policies document's text: a hundred long rules are a quarter.</summary>
    public const int MaxPoliciesBytes = 128 * 1024;

    /// <summary>Bytes of it when packed: an answer holds both documents, and must fit one message of an actor.</summary>
    public const int MaxPackedPoliciesBytes = 32 * 1024;

    /// <summary>Characters of a namespace's name.</summary>
    public const int MaxNameLength = 128;

    /// <summary>Characters of an author; longer ones are cut.</summary>
    public const int MaxAuthorLength = 256;

    /// <summary>Changes of a namespace that are kept.</summary>
    public const int MaxHistory = 200;

    /// <summary>Bytes of packed texts that are kept of a namespace; the oldest texts go first, the changes themselves stay.</summary>
    public const int MaxHistoryBytes = 2 << 20;

    /// <summary>Namespaces of a cluster; more are refused where they are created.</summary>
    public const int MaxNamespaces = 1000;

    /// <summary>Bytes of packed text in one row; with its envelope it fits a table's row.</summary>
    public const int MaxRowBytes = 15 * 1024;

    /// <summary>Shards of the entity type: a namespace's owner is found by its name alone.</summary>
    public const int Shards = 32;

    /// <summary>Changes between two snapshots of a namespace.</summary>
    public const int ChangesPerSnapshot = 100;

    private static readonly SearchValues<char> s_nameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~");

    /// <summary>What a namespace may be called, for people.</summary>
    public const string NameRule = "1 to 128 letters, digits, `-`, `_`, `.` and `~`";

    public static bool IsName(string name) =>
        name.Length is > 0 and <= MaxNameLength && name is not ("." or "..") && !name.AsSpan().ContainsAnyExcept(s_nameCharacters);
}
