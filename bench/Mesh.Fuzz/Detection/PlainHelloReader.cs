using System.Text;
using Mesh.Wire.Detection;

namespace Mesh.Fuzz.Detection;

/// <summary>A ClientHello once more, as one would write it who sees all bytes: records, then the message, then its parts, each a list.</summary>
internal static class PlainHelloReader
{
    /// <summary>Status and name, as <see cref="ClientHello.Read"/> means them.</summary>
    public static string Read(byte[] bytes)
    {
        List<byte> message = [];
        int at = 0;
        for (int records = 0; ; records++)
        {
            int length = message.Count < 4 ? 0 : 4 + message[1] * 65_536 + message[2] * 256 + message[3];
            if ((message.Count > 0 && message[0] != 1) || length > ClientHello.MaxMessage) return "NotHello ";
            if (length > 0 && message.Count >= length) return Message([.. message[4..length]]);
            if (records == ClientHello.MaxRecords) return "NotHello ";
            byte[] head = [.. bytes.Skip(at).Take(5)];
            bool isRecord = (head.Length < 1 || head[0] == 22) && (head.Length < 2 || head[1] == 3);
            if (isRecord && head.Length < 5) return "More ";
            int size = isRecord ? head[3] * 256 + head[4] : 0;
            if (size is 0 or > 16_384) return "NotHello ";
            int there = Math.Min(size, bytes.Length - at - 5);
            message.AddRange(bytes.Skip(at + 5).Take(there));
            at += 5 + there;
            if (there == size) continue;
            length = message.Count < 4 ? 0 : 4 + message[1] * 65_536 + message[2] * 256 + message[3];
            if ((message.Count > 0 && message[0] != 1) || length > ClientHello.MaxMessage) return "NotHello ";
            return length > 0 && message.Count >= length ? Message([.. message[4..length]]) : "More ";
        }
    }

    private static string Message(byte[] message)
    {
        Queue<byte> rest = new(message);
        try
        {
            Take(rest, 34);
            byte[] session = Take(rest, Take(rest, 1)[0]), suites = Long(rest), compressions = Take(rest, Take(rest, 1)[0]);
            if (session.Length > 32 || suites.Length < 2 || suites.Length % 2 != 0 || compressions.Length == 0) return "NotHello ";
            if (rest.Count == 0) return "Unnamed ";
            Queue<byte> extensions = new(Long(rest));
            if (rest.Count > 0) return "NotHello ";
            List<byte[]> servers = [];
            while (extensions.Count > 0)
            {
                byte[] type = Take(extensions, 2), data = Long(extensions);
                if (type is [0, 0]) servers.Add(data);
            }

            return servers.Count switch { 0 => "Unnamed ", 1 => Server(servers[0]), _ => "NotHello " };
        }
        catch (InvalidOperationException)
        {
            return "NotHello ";
        }
    }

    private static string Server(byte[] data)
    {
        Queue<byte> outer = new(data);
        Queue<byte> list = new(Long(outer));
        List<string> hosts = [];
        if (outer.Count > 0 || list.Count == 0) return "NotHello ";
        while (list.Count > 0)
        {
            byte type = Take(list, 1)[0];
            string name = Encoding.Latin1.GetString(Long(list));
            if (type == 0) hosts.Add(name);
        }

        if (hosts.Count > 1 || hosts.Contains("")) return "NotHello ";
        if (hosts.Count == 0) return "Unnamed ";
        string host = hosts[0].EndsWith('.') ? hosts[0][..^1] : hosts[0];
        bool isName = host.Length is > 0 and <= 255 && host[0] != '.'
            && host.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
        return isName ? $"Named {host.ToLowerInvariant()}" : "Unnamed ";
    }

    private static byte[] Long(Queue<byte> from)
    {
        byte[] length = Take(from, 2);
        return Take(from, length[0] * 256 + length[1]);
    }

    private static byte[] Take(Queue<byte> from, int count)
    {
        if (count > from.Count) throw new InvalidOperationException("cut off");
        byte[] taken = new byte[count];
        for (int i = 0; i < count; i++) taken[i] = from.Dequeue();
        return taken;
    }
}
