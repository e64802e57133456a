using System.Diagnostics.CodeAnalysis;
using Mesh.Discovery.Names;
using Mesh.Wire.Exchange;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Identifiers;

/// <summary>
/// <c>io.l5d.header</c>: the value of one header is a path, put behind the router's prefix: <c>l5d-name: /a/b</c> is <c>/svc/a/b</c>.
/// </summary>
public sealed class HeaderPathIdentifier(Path prefix, string header = HeaderPathIdentifier.DefaultHeader) : IIdentifier
{
    public const string DefaultHeader = "l5d-name";

    private readonly NamingHeader _header = new(header);

    public bool ReadsContext => _header.IsContext;

    public bool TryIdentify(RequestHead head, out Identification found) => _header.TryIdentify(head, out found);

    public bool TryName(ReadOnlySpan<byte> key, [NotNullWhen(true)] out Path? name, [NotNullWhen(false)] out string? fault)
    {
        bool ok = Path.TryParse(Path.SegmentOf(key), out Path? path, out SyntaxError? error);
        name = ok ? prefix + path! : null;
        fault = ok ? null : $"its header {_header.Name} is no path: {error}";
        return ok;
    }

    public string Explain(RequestHead head) => _header.Explain();
}
