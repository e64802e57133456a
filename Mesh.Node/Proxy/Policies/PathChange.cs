using System.Text;
using Mesh.Node.Config;

namespace Mesh.Node.Proxy.Policies;

/// <summary>What becomes of a path: a prefix or the whole of it is replaced; the query stays.</summary>
/// <remarks>Hot path: allocates nothing.</remarks>
internal sealed class PathChange
{
    /// <summary>Of the target that is left out; null: the whole path.</summary>
    private readonly PathPrefix? _prefix;

    private PathChange(PathPrefix? prefix, byte[] replacement) => (_prefix, Replacement) = (prefix, replacement);

    /// <summary>What comes before what is left of the target; empty where that begins with a slash, or is nothing and so <c>/</c>.</summary>
    public byte[] Replacement { get; }

    /// <summary>Null: the path stays.</summary>
    /// <param name="config">As written.</param>
    /// <param name="matched">The prefix that the rule asks for.</param>
    public static PathChange? Of(PathChangeConfig config, PathPrefix? matched) => config switch
    {
        { Whole: { } whole } => new PathChange(null, Encoding.ASCII.GetBytes(whole)),
        { Prefix: { } prefix } when matched is not null => new PathChange(matched, PathPrefix.Trimmed(prefix)),
        _ => null,
    };

    /// <summary>Bytes at the front of the target that <see cref="Replacement"/> stands in for; the target is a path, and matched.</summary>
    public int SkipOf(ReadOnlySpan<byte> target) => _prefix?.Length ?? PathPrefix.LengthOfPath(target);
}
