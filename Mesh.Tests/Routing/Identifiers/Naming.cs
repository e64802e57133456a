using System.Text;
using Mesh.Routing.Identifiers;
using Mesh.Tests.Wire.Http1;
using Mesh.Wire.Exchange;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Routing.Identifiers;

/// <summary>Asks identifiers about requests as a router does.</summary>
internal static class Naming
{
    public static readonly Path Prefix = Path.Parse("/svc");

    /// <summary>A head of HTTP/1.1 (or another version), with a Host unless the fields bring one.</summary>
    public static RequestHead Get(string target, string fields = "", string version = "HTTP/1.1", string method = "GET", string host = "h") =>
        Http1Kit.Accepted($"{method} {target} {version}\r\nHost: {host}\r\n{fields}\r\n");

    public static string? NameOf(IIdentifier identifier, RequestHead head) => Ask(identifier, head).Name;

    /// <summary>The name, what of the target is forwarded, and the bytes of the key.</summary>
    public static (string? Name, string Forwarded, string Key) Ask(IIdentifier identifier, RequestHead head)
    {
        if (!identifier.TryIdentify(head, out Identification found)) return (null, "", "");
        Assert.True(identifier.TryName(found.Key, out Path? name, out string? fault), fault);
        var edits = new HeadEdits { TargetSkip = found.ConsumedTarget };
        string forwarded = Http1Kit.Encode(head, edits).Split(' ')[1];
        return (name.ToString(), forwarded, Encoding.Latin1.GetString(found.Key));
    }

    /// <summary>Why a key is refused.</summary>
    public static string Fault(IIdentifier identifier, RequestHead head)
    {
        Assert.True(identifier.TryIdentify(head, out Identification found));
        Assert.False(identifier.TryName(found.Key, out _, out string? fault));
        return fault;
    }
}
