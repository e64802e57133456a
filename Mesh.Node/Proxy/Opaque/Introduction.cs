using System.Net;
using System.Text;
using Mesh.Node.Config;
using Mesh.Wire.Exchange;
using Mesh.Wire.ProxyProtocol;
using Mesh.Wire.Transports;

namespace Mesh.Node.Proxy.Opaque;

/// <summary>
/// What an endpoint is told before a connection's own bytes: who its client is and what it connected to (PROXY protocol). Where the endpoint is an
/// app behind another node, that node tells it. It hears it in a field of the request for the connection, the version and the rest of a header of
/// version 1: <c>mesh-proxy: v1 TCP4 192.0.2.1 192.0.2.2 1234 443</c>.
/// </summary>
/// <param name="Version">In which form; None: nothing is told.</param>
/// <param name="Client">Who connected; null: it is gone.</param>
/// <param name="Destination">To what; null: it is not known.</param>
internal readonly record struct Introduction(ProxyHeaderVersion Version, IPEndPoint? Client, IPEndPoint? Destination)
{
    private const string Prefix = "PROXY ";

    private static ReadOnlySpan<byte> FieldName => "mesh-proxy"u8;

    /// <summary>Of a client of this node. Asks the system for addresses only where they are told.</summary>
    public static Introduction Of(ProxyHeaderVersion version, Transport client) => version == ProxyHeaderVersion.None
        ? default
        : new Introduction(version, client.RemoteEndPoint, client.OriginalDestination ?? client.LocalEndPoint);

    /// <summary>Of another node's client, as that node tells. False: what it tells is none.</summary>
    public static bool TryRead(RequestHead head, out Introduction told)
    {
        told = default;
        if (!head.Has(KnownField.Mesh) || !head.TryGetField(FieldName, out ReadOnlySpan<byte> value)) return true;
        ProxyHeaderVersion version = value.StartsWith("v1 "u8) ? ProxyHeaderVersion.V1
            : value.StartsWith("v2 "u8) ? ProxyHeaderVersion.V2
            : ProxyHeaderVersion.None;
        if (version == ProxyHeaderVersion.None || value.Length > ProxyHeaderReader.MaxLine) return false;
        byte[] line = [.. Encoding.ASCII.GetBytes(Prefix), .. value["v1 ".Length..], .. "\r\n"u8];
        if (ProxyHeaderReader.Read(line, out ProxyHeader header) != ProxyHeaderStatus.Header || header.Length != line.Length) return false;
        told = new Introduction(version, header.Source, header.Destination);
        return true;
    }

    /// <summary>The header of the PROXY protocol; empty: nothing is told.</summary>
    public ReadOnlyMemory<byte> ToHeader()
    {
        if (Version == ProxyHeaderVersion.None) return default;
        byte[] room = new byte[ProxyHeaderWriter.MaxBytes];
        int length = Version == ProxyHeaderVersion.V1
            ? ProxyHeaderWriter.WriteLine(room, Client, Destination)
            : ProxyHeaderWriter.WriteBlock(room, Client, Destination);
        return room.AsMemory(0, length);
    }

    /// <summary>The field's line for the node that shall tell it; empty: nothing is told.</summary>
    public string ToFieldLine()
    {
        if (Version == ProxyHeaderVersion.None) return "";
        Span<byte> room = stackalloc byte[ProxyHeaderWriter.MaxBytes];
        int length = ProxyHeaderWriter.WriteLine(room, Client, Destination);
        return $"mesh-proxy: {(Version == ProxyHeaderVersion.V1 ? "v1" : "v2")} {Encoding.ASCII.GetString(room[Prefix.Length..length])}";
    }
}
