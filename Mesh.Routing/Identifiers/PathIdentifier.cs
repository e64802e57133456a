using System.Diagnostics.CodeAnalysis;
using System.Text;
using Mesh.Wire.Exchange;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Identifiers;

/// <summary>
/// <c>io.l5d.path</c>: the first segments of the request's path, as they are written (percent escapes are not decoded), name it:
/// <c>/users/7</c> is <c>/svc/users</c>. With <paramref name="consume"/> they are taken off the target that is forwarded.
/// </summary>
/// <param name="prefix">The router's.</param>
/// <param name="segments">How many, 1 or more. A path with fewer, or with an empty one among them, is not identified.</param>
/// <param name="consume">Whether the backend sees what follows them; <c>/</c> when nothing does.</param>
public sealed class PathIdentifier(Path prefix, int segments = PathIdentifier.DefaultSegments, bool consume = false) : IIdentifier
{
    public const int DefaultSegments = 1;

    public bool TryIdentify(RequestHead head, out Identification found)
    {
        ReadOnlySpan<byte> path = RequestPaths.Of(head);
        found = default;
        int end = 0;
        for (int i = 0; i < segments; i++)
        {
            if (end >= path.Length || path[end] != '/') return false;
            int start = end + 1;
            int length = path[start..].IndexOf((byte)'/');
            end = length < 0 ? path.Length : start + length;
            if (end == start) return false;
        }

        found = new Identification { Key = path[1..end], ConsumedTarget = consume ? Consumed(path, end) : 0 };
        return true;
    }

    public bool TryName(ReadOnlySpan<byte> key, [NotNullWhen(true)] out Path? name, [NotNullWhen(false)] out string? fault)
    {
        fault = null;
        name = prefix + Path.Of(Encoding.Latin1.GetString(key).Split('/'));
        return true;
    }

    public string Explain(RequestHead head) => $"its path has fewer than {segments} segment{(segments == 1 ? "" : "s")}";

    /// <summary>Of slashes alone one is left: <c>//</c> at the front would be taken for an authority.</summary>
    private static int Consumed(ReadOnlySpan<byte> path, int end) =>
        path.Length - end > 1 && !path[end..].ContainsAnyExcept((byte)'/') ? path.Length - 1 : end;
}
