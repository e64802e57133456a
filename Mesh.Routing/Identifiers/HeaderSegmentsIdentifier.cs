using System.Diagnostics.CodeAnalysis;
using System.Text;
using Mesh.Wire.Exchange;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Identifiers;

/// <summary>
/// <c>io.l5d.header.path</c>: segments of a header that holds a path, <c>:path</c> unless another is named: <c>/users/7?x=1</c> is
/// <c>/svc/users/7</c>, with one segment <c>/svc/users</c>. The query is no part of it, nor is one slash at the end.
/// </summary>
/// <param name="prefix">The router's.</param>
/// <param name="header">Its name.</param>
/// <param name="segments">How many are taken; null: all. A path with fewer, or with an empty one among them, is not identified.</param>
public sealed class HeaderSegmentsIdentifier(Path prefix, string header = HeaderSegmentsIdentifier.DefaultHeader, int? segments = null) : IIdentifier
{
    public const string DefaultHeader = ":path";

    private readonly NamingHeader? _header = header == DefaultHeader ? null : new NamingHeader(header);

    public bool ReadsContext => _header is { IsContext: true };

    public bool TryIdentify(RequestHead head, out Identification found)
    {
        found = default;
        ReadOnlySpan<byte> path = head.Target;
        if (_header is not null)
        {
            if (!_header.TryIdentify(head, out Identification named)) return false;
            path = named.Key;
        }

        int query = path.IndexOf((byte)'?');
        if (query >= 0) path = path[..query];
        if (path.IsEmpty || path[0] != '/') return false;
        path = path[1..];
        if (!path.IsEmpty && path[^1] == '/') path = path[..^1];
        if (segments is { } count) path = path[..EndOf(path, count)];
        found = new Identification { Key = path };
        return !path.IsEmpty && path[0] != '/' && path[^1] != '/' && path.IndexOf("//"u8) < 0;
    }

    public bool TryName(ReadOnlySpan<byte> key, [NotNullWhen(true)] out Path? name, [NotNullWhen(false)] out string? fault)
    {
        fault = null;
        name = prefix + Path.Of(Encoding.Latin1.GetString(key).Split('/'));
        return true;
    }

    public string Explain(RequestHead head) => segments is { } least
        ? $"its {header} has fewer than {least} segment{(least == 1 ? "" : "s")}"
        : $"its {header} is no path with a segment";

    /// <summary>Where so many segments end; 0: there are fewer.</summary>
    private static int EndOf(ReadOnlySpan<byte> path, int count)
    {
        int end = -1;
        for (int i = 0; i < count; i++)
        {
            if (end >= path.Length) return 0;
            int length = path[(end + 1)..].IndexOf((byte)'/');
            end = length < 0 ? path.Length : end + 1 + length;
        }

        return end;
    }
}
