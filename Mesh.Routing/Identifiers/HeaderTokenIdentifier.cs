using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Identifiers;

/// <summary>
/// <c>io.l5d.header.token</c>: the value of one header is one segment after the router's prefix: <c>Host: users:80</c> is
/// <c>/svc/users:80</c>. Case and port are kept.
/// </summary>
public sealed class HeaderTokenIdentifier(Path prefix, string header = HeaderTokenIdentifier.DefaultHeader) : IIdentifier
{
    public const string DefaultHeader = "Host";

    /// <summary>The header whose value is the key; matched without case.</summary>
    public string Header => header;

    public bool IsUsable(ReadOnlySpan<byte> key) => !key.IsEmpty;

    public Path PathOf(ReadOnlySpan<byte> key) => prefix + Path.Of(Path.SegmentOf(key));
}
