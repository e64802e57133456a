using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Mesh.Wire.Buffers;

namespace Mesh.Wire.Detection;

/// <summary>Which server a TLS client asks for: the name in its first message (RFC 8446 section 4.1.2, RFC 6066 section 3).</summary>
/// <remarks>
/// Pure; nothing is decrypted. A byte at a time or all at once, the verdict is the same, and comes with the message's last byte. Extensions that
/// are not known, GREASE among them (RFC 8701), are passed over. Where the hello is encrypted (ECH) the name is that of the outer one.
/// </remarks>
public static class ClientHello
{
    /// <summary>The longest message that is read, bytes: keys of post-quantum exchanges make it 2 KiB, tickets rarely more than 4.</summary>
    public const int MaxMessage = 16 * 1024;

    /// <summary>Records that it may be spread over; some clients cut it in two or three on purpose.</summary>
    public const int MaxRecords = 64;

    /// <summary>Bytes that decide in every case.</summary>
    public const int MaxBytes = MaxMessage + MaxRecords * RecordHeader;

    /// <summary>A name is no longer, RFC 1035 section 2.3.4.</summary>
    public const int MaxName = 255;

    private const int RecordHeader = 5;
    private const int MessageHeader = 4;
    private const int RecordBytes = 16 * 1024;
    private const byte HandshakeRecord = 22;
    private const byte HelloMessage = 1;

    private static readonly SearchValues<byte> s_nameBytes =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."u8);

    /// <param name="first">All bytes that have come, or the first <see cref="MaxBytes"/>.</param>
    /// <param name="name">The server's, in lower case; "" where there is none.</param>
    public static HelloStatus Read(ReadOnlySpan<byte> first, out string name)
    {
        HelloStatus status = ReadAll(first, out name);

        // What is wrong behind the name makes it nobody's.
        if (status != HelloStatus.Named) name = "";
        return status;
    }

    private static HelloStatus ReadAll(ReadOnlySpan<byte> first, out string name)
    {
        name = "";
        HelloStatus status = TakeRecord(first, out ReadOnlySpan<byte> piece, out _);
        if (status == HelloStatus.NotHello) return status;
        int length = LengthOf(piece);
        if (length < 0) return HelloStatus.NotHello;
        if (length > 0 && piece.Length >= length) return ReadMessage(piece[MessageHeader..length], out name);
        return status == HelloStatus.More ? status : ReadSpread(first, out name);
    }

    /// <summary>A message over more than one record: its pieces are put together.</summary>
    private static HelloStatus ReadSpread(ReadOnlySpan<byte> first, out string name)
    {
        name = "";
        byte[] joined = BufferPool.Rent(MaxMessage + RecordBytes);
        try
        {
            int have = 0;
            for (int records = 0; records < MaxRecords; records++)
            {
                HelloStatus status = TakeRecord(first, out ReadOnlySpan<byte> piece, out int next);
                if (status == HelloStatus.NotHello) return status;
                piece.CopyTo(joined.AsSpan(have));
                have += piece.Length;
                int length = LengthOf(joined.AsSpan(0, have));
                if (length < 0) return HelloStatus.NotHello;
                if (length > 0 && have >= length) return ReadMessage(joined.AsSpan(MessageHeader, length - MessageHeader), out name);
                if (status == HelloStatus.More) return HelloStatus.More;
                first = first[next..];
            }

            return HelloStatus.NotHello;
        }
        finally
        {
            BufferPool.Return(joined);
        }
    }

    /// <summary>The record at the front: its bytes as far as they are here, and where the next one begins. Unnamed: it is whole.</summary>
    private static HelloStatus TakeRecord(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> piece, out int next)
    {
        piece = default;
        next = 0;
        if (bytes.Length > 0 && bytes[0] != HandshakeRecord) return HelloStatus.NotHello;
        if (bytes.Length > 1 && bytes[1] != 3) return HelloStatus.NotHello;
        if (bytes.Length < RecordHeader) return HelloStatus.More;
        int size = BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]);
        if (size is 0 or > RecordBytes) return HelloStatus.NotHello;
        next = RecordHeader + size;
        piece = bytes[RecordHeader..Math.Min(next, bytes.Length)];
        return next <= bytes.Length ? HelloStatus.Unnamed : HelloStatus.More;
    }

    /// <summary>The message's length with its header; 0 while it is not known, negative where it is none or too long.</summary>
    private static int LengthOf(ReadOnlySpan<byte> message)
    {
        if (message.Length > 0 && message[0] != HelloMessage) return -1;
        if (message.Length < MessageHeader) return 0;
        int length = MessageHeader + (message[1] << 16 | message[2] << 8 | message[3]);
        return length > MaxMessage ? -1 : length;
    }

    private static HelloStatus ReadMessage(ReadOnlySpan<byte> message, out string name)
    {
        name = "";
        Reader reader = new(message);
        bool begins = reader.Skip(2 + 32)
            && reader.TakeShort(out ReadOnlySpan<byte> session) && session.Length <= 32
            && reader.TakeLong(out ReadOnlySpan<byte> suites) && suites.Length >= 2 && suites.Length % 2 == 0
            && reader.TakeShort(out ReadOnlySpan<byte> compressions) && compressions.Length > 0;
        if (!begins) return HelloStatus.NotHello;
        if (reader.IsEmpty) return HelloStatus.Unnamed;
        return reader.TakeLong(out ReadOnlySpan<byte> extensions) && reader.IsEmpty ? ReadExtensions(extensions, out name) : HelloStatus.NotHello;
    }

    private static HelloStatus ReadExtensions(ReadOnlySpan<byte> extensions, out string name)
    {
        const int ServerName = 0;
        name = "";
        HelloStatus found = HelloStatus.Unnamed;
        bool seen = false;
        Reader reader = new(extensions);
        while (!reader.IsEmpty)
        {
            if (!reader.TakeNumber(out int type) || !reader.TakeLong(out ReadOnlySpan<byte> data)) return HelloStatus.NotHello;
            if (type != ServerName) continue;
            if (seen) return HelloStatus.NotHello;
            seen = true;
            found = ReadNames(data, out name);
            if (found == HelloStatus.NotHello) return found;
        }

        return found;
    }

    private static HelloStatus ReadNames(ReadOnlySpan<byte> data, out string name)
    {
        const byte HostName = 0;
        name = "";
        Reader reader = new(data);
        if (!reader.TakeLong(out ReadOnlySpan<byte> list) || !reader.IsEmpty || list.IsEmpty) return HelloStatus.NotHello;
        bool seen = false;
        Reader names = new(list);
        while (!names.IsEmpty)
        {
            if (!names.TakeByte(out byte type) || !names.TakeLong(out ReadOnlySpan<byte> each)) return HelloStatus.NotHello;
            if (type != HostName) continue;
            if (seen || each.IsEmpty) return HelloStatus.NotHello;
            seen = true;
            if (each[^1] == '.') each = each[..^1];
            bool isName = each.Length is > 0 and <= MaxName && each[0] != '.' && !each.ContainsAnyExcept(s_nameBytes);
            if (isName) name = Encoding.ASCII.GetString(each).ToLowerInvariant();
        }

        return name.Length > 0 ? HelloStatus.Named : HelloStatus.Unnamed;
    }

    /// <summary>Bytes from the front; false where there are too few.</summary>
    private ref struct Reader(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        public readonly bool IsEmpty => _rest.IsEmpty;

        public bool Skip(int count) => Take(count, out _);

        public bool TakeByte(out byte value)
        {
            value = 0;
            if (!Take(1, out ReadOnlySpan<byte> one)) return false;
            value = one[0];
            return true;
        }

        public bool TakeNumber(out int value)
        {
            value = 0;
            if (!Take(2, out ReadOnlySpan<byte> two)) return false;
            value = BinaryPrimitives.ReadUInt16BigEndian(two);
            return true;
        }

        /// <summary>What one byte of length announces.</summary>
        public bool TakeShort(out ReadOnlySpan<byte> bytes)
        {
            bytes = default;
            return TakeByte(out byte length) && Take(length, out bytes);
        }

        /// <summary>What two bytes of length announce.</summary>
        public bool TakeLong(out ReadOnlySpan<byte> bytes)
        {
            bytes = default;
            return TakeNumber(out int length) && Take(length, out bytes);
        }

        private bool Take(int count, out ReadOnlySpan<byte> bytes)
        {
            bytes = default;
            if (count > _rest.Length) return false;
            bytes = _rest[..count];
            _rest = _rest[count..];
            return true;
        }
    }
}
