using Mesh.Wire.Exchange;

namespace Mesh.Wire.Http1;

/// <summary>Makes response heads that no backend sent.</summary>
public static class ResponseHeads
{
    /// <summary>A 101 for an upgrade that this side itself takes (RFC 9110 section 15.2.2).</summary>
    public static ResponseHead Switching()
    {
        byte[] bytes = [.. "HTTP/1.1 101 Switching Protocols\r\n\r\n"u8];
        ResponseHead head = new();
        int scanned = 0;
        ResponseHeadParser.Parse(bytes, 0, bytes.Length, ref scanned, head, KnownMethod.Get, new Http1Limits(), out _);
        return head;
    }
}
