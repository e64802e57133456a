using System.Text;
using Mesh.Wire.Exchange;

namespace Mesh.Routing.Identifiers;

/// <summary>The header that an identifier reads: its first value; <c>Host</c> and HTTP/2's <c>:authority</c> are the authority, which an absolute target may give.</summary>
/// <remarks>Hot path.</remarks>
internal sealed class NamingHeader(string name)
{
    private readonly byte[] _name = Encoding.ASCII.GetBytes(name);
    private readonly bool _isHost = name == ":authority" || string.Equals(name, "Host", StringComparison.OrdinalIgnoreCase);
    private readonly bool _isLinkerd = name.StartsWith("l5d-", StringComparison.OrdinalIgnoreCase);

    public string Name => name;

    /// <summary>One of Linkerd's own, <c>l5d-*</c>, which a server with cleared context does not look at.</summary>
    public bool IsContext => _isLinkerd;

    /// <summary>By the header's value as it is; false when it is absent or empty.</summary>
    public bool TryIdentify(RequestHead head, out Identification found)
    {
        ReadOnlySpan<byte> value = default;
        if (_isHost) value = head.Authority;
        else if (!_isLinkerd || head.Has(KnownField.Linkerd)) head.TryGetField(_name, out value);
        found = new Identification { Key = value };
        return !value.IsEmpty;
    }

    public string Explain() => $"it has no header {name}, or an empty one";
}
