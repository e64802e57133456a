using System.Diagnostics.CodeAnalysis;
using System.Text;
using Mesh.Discovery.Names;
using Mesh.Wire.Exchange;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Identifiers;

/// <summary>
/// <c>io.l5d.methodAndHost</c>: <c>/svc/1.1/GET/users.example</c> with the host in lower case, and <c>/svc/1.0/GET</c> for HTTP/1.0; with
/// <paramref name="withPath"/> the request's path follows, and a request whose path is none in a dtab's sense is refused.
/// </summary>
public sealed class MethodAndHostIdentifier(Path prefix, bool withPath = false) : IIdentifier
{
    public bool TryIdentify(RequestHead head, out Identification found)
    {
        found = default;
        bool isOld = head.MinorVersion == 0;
        ReadOnlySpan<byte> host = isOld ? default : head.Authority;
        if (host.IsEmpty && !isOld) return false;
        ReadOnlySpan<byte> method = head.MethodBytes;
        ReadOnlySpan<byte> path = withPath ? RequestPaths.Of(head) : default;

        // Neither a method nor a host holds a space: the key can be taken apart again, and no two requests of different names share one.
        Span<byte> key = KeyScratch.ForName(method.Length + host.Length + path.Length + 3);
        key[0] = isOld ? (byte)'0' : (byte)'1';
        method.CopyTo(key[1..]);
        int at = method.Length + 1;
        key[at++] = (byte)' ';
        Ascii.ToLower(host, key[at..], out _);
        at += host.Length;
        key[at++] = (byte)' ';
        path.CopyTo(key[at..]);
        found = new Identification { Key = key };
        return true;
    }

    public bool TryName(ReadOnlySpan<byte> key, [NotNullWhen(true)] out Path? name, [NotNullWhen(false)] out string? fault)
    {
        string[] parts = Encoding.Latin1.GetString(key[1..]).Split(' ', 3);
        Path head = key[0] == '0' ? Path.Of("1.0", parts[0]) : Path.Of("1.1", parts[0], parts[1]);

        // An absolute form without a path asks for "/" (RFC 9110 section 4.2.3).
        bool ok = Path.TryParse(parts[2].Length == 0 ? "/" : parts[2], out Path? tail, out SyntaxError? error);
        name = ok ? prefix + head + tail! : null;
        fault = ok ? null : $"its path is no name: {error}";
        return ok;
    }

    public string Explain(RequestHead head) => "it is HTTP/1.1 without a Host";
}
