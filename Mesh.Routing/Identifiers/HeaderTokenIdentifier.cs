using System.Diagnostics.CodeAnalysis;
using Mesh.Wire.Exchange;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Identifiers;

/// <summary>
/// <c>io.l5d.header.token</c>: the value of one header is one segment after the router's prefix: <c>Host: users:80</c> is
/// <c>/svc/users:80</c>. Case and port are kept.
/// </summary>
public sealed class HeaderTokenIdentifier(Path prefix, string header = HeaderTokenIdentifier.DefaultHeader) : IIdentifier
{
    public const string DefaultHeader = "Host";

    private readonly NamingHeader _header = new(header);

    public bool ReadsContext => _header.IsContext;

    public bool TryIdentify(RequestHead head, out Identification found) => _header.TryIdentify(head, out found);

    public bool TryName(ReadOnlySpan<byte> key, [NotNullWhen(true)] out Path? name, [NotNullWhen(false)] out string? fault)
    {
        fault = null;
        name = prefix + Path.Of(Path.SegmentOf(key));
        return true;
    }

    public string Explain(RequestHead head) => _header.Explain();
}
