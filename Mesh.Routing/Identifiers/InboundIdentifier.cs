using System.Diagnostics.CodeAnalysis;
using System.Text;
using Mesh.Discovery.Services;
using Mesh.Wire.Exchange;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Identifiers;

/// <summary>
/// Which of this node's instances another node has chosen: <c>mesh-instance: web/a</c> is <c>/inst/web/a</c>. For the inbound side alone, where only
/// nodes are.
/// </summary>
/// <param name="prefix">Such as <c>/inst</c>.</param>
public sealed class InboundIdentifier(Path prefix) : IIdentifier
{
    public const string Header = "mesh-instance";

    public bool TryIdentify(RequestHead head, out Identification found)
    {
        ReadOnlySpan<byte> value = default;
        if (head.Has(KnownField.Mesh)) head.TryGetField("mesh-instance"u8, out value);
        found = new Identification { Key = value };
        return !value.IsEmpty;
    }

    public bool TryName(ReadOnlySpan<byte> key, [NotNullWhen(true)] out Path? name, [NotNullWhen(false)] out string? fault)
    {
        string text = Encoding.Latin1.GetString(key);
        string[] parts = text.Split('/');
        bool ok = parts.Length == 2 && parts.All(ServiceNames.IsName);
        name = ok ? prefix + Path.Of(parts) : null;
        fault = ok ? null : $"its header {Header} is no service/id";
        return ok;
    }

    public string Explain(RequestHead head) => $"it has no header {Header}: this is a node's inbound side, where only other nodes send requests; "
        + "send yours to a server of a router";
}
