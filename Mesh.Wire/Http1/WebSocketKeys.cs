using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Http1;

/// <summary>
/// The two fields by which both sides of a WebSocket over HTTP/1.1 see that the other knows what it is (RFC 6455 section 4). HTTP/2 has neither (RFC
/// 8441 section 5), so whoever stands between the two makes them.
/// </summary>
internal static class WebSocketKeys
{
    private const int KeyBytes = 16;
    private const int MaxKeyLength = 64;

    private static ReadOnlySpan<byte> Suffix => "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8;

    /// <summary>
    /// Adds a fresh key to a request that needs one: it came by HTTP/2, asks for a WebSocket, and goes on by HTTP/1.1. Returns what a server that
    /// knows WebSockets answers it with; null where no key was added.
    /// </summary>
    public static byte[]? AddKey(RequestHead head, HeadEdits edits, ReadOnlySpan<byte> token, EventLoop loop)
    {
        if (head.Protocol.IsEmpty || !IsWebSocket(token) || head.Has(KnownField.SecWebSocketKey)) return null;
        Span<byte> key = stackalloc byte[KeyBytes];
        BitConverter.TryWriteBytes(key, loop.Random.Next());
        BitConverter.TryWriteBytes(key[8..], loop.Random.Next());
        Span<byte> text = stackalloc byte[MaxKeyLength];
        Base64.EncodeToUtf8(key, text, out _, out int length);
        edits.Add("Sec-WebSocket-Key"u8, text[..length]);
        byte[] answer = new byte[Base64.GetMaxEncodedToUtf8Length(SHA1.HashSizeInBytes)];
        Answer(text[..length], answer);
        return answer;
    }

    /// <summary>Adds what the client's key must be answered with, when the response came by HTTP/2.</summary>
    public static void AddAccept(RequestHead request, ResponseHead response, HeadEdits edits, ReadOnlySpan<byte> token)
    {
        if (!response.IsHttp2 || !IsWebSocket(token)) return;
        if (!request.TryGetField(KnownField.SecWebSocketKey, out ReadOnlySpan<byte> key) || key.Length > MaxKeyLength) return;
        Span<byte> text = stackalloc byte[MaxKeyLength];
        edits.Add("Sec-WebSocket-Accept"u8, text[..Answer(key, text)]);
    }

    /// <summary>The answer to a key of at most <see cref="MaxKeyLength"/> bytes. Returns its length.</summary>
    private static int Answer(ReadOnlySpan<byte> key, Span<byte> answer)
    {
        Span<byte> joined = stackalloc byte[MaxKeyLength + 36];
        key.CopyTo(joined);
        Suffix.CopyTo(joined[key.Length..]);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // What RFC 6455 section 4.2.2 prescribes; it keeps no secret.
        SHA1.HashData(joined[..(key.Length + Suffix.Length)], hash);
#pragma warning restore CA5350
        Base64.EncodeToUtf8(hash, answer, out _, out int length);
        return length;
    }

    private static bool IsWebSocket(ReadOnlySpan<byte> token) => Ascii.EqualsIgnoreCase(token, "websocket"u8);
}
