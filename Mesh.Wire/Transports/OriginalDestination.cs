using System.Net;
using System.Net.Sockets;

namespace Mesh.Wire.Transports;

/// <summary>What a client connected to before Linux's netfilter led it to this machine's own port (SO_ORIGINAL_DST).</summary>
/// <remarks>Source: linux/netfilter_ipv4.h, linux/netfilter_ipv6/ip6_tables.h. The answer comes from connection tracking.</remarks>
internal static class OriginalDestination
{
    /// <summary>SOL_IP; the family's level.</summary>
    private const int LevelV4 = 0;

    /// <summary>SOL_IPV6.</summary>
    private const int LevelV6 = 41;

    /// <summary>SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST.</summary>
    private const int Option = 80;
    private const int BytesV4 = 16;
    private const int BytesV6 = 28;

    /// <summary>Asks a socket for an option of that level and name; false: it has none.</summary>
    public delegate bool Ask(int level, int name, Span<byte> value);

    /// <param name="local">The socket's own address: the same answer means that nobody was led.</param>
    /// <param name="ask">The socket.</param>
    public static IPEndPoint? Of(IPEndPoint? local, Ask ask)
    {
        if (local is null || !OperatingSystem.IsLinux()) return null;
        bool v4 = local.AddressFamily == AddressFamily.InterNetwork;
        SocketAddress answer = new(local.AddressFamily, v4 ? BytesV4 : BytesV6);
        if (!ask(v4 ? LevelV4 : LevelV6, Option, answer.Buffer.Span[..answer.Size])) return null;
        IPEndPoint original = (IPEndPoint)local.Create(answer);
        if (original.Address.IsIPv4MappedToIPv6) original = new IPEndPoint(original.Address.MapToIPv4(), original.Port);
        return original.Equals(local) ? null : original;
    }
}
