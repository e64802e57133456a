using System.Diagnostics.CodeAnalysis;
using Mesh.Actors.Remoting.Protocol;

namespace Mesh.Actors.Remoting.Sessions;

/// <summary>Hellos as our records and as bytes. What a stranger says is held to lengths here, before anybody keeps it.</summary>
internal static class HelloCodec
{
    /// <summary>Characters of a name in a hello.</summary>
    public const int MaxNameLength = 255;

    /// <summary>Roles of a node.</summary>
    public const int MaxRoles = 32;

    private const int ClusterIdLength = 32;

    public static Hello Write(UniqueAddress self, NodeHello hello, ulong session, ulong expectedUid, Purpose purpose) => new()
    {
        System = self.Address.System,
        Host = self.Address.Host ?? "",
        Port = (uint)(self.Address.Port ?? 0),
        Uid = self.Uid,
        ClusterName = hello.ClusterName,
        ClusterId = hello.ClusterId ?? "",
        Name = hello.Name,
        Roles = { hello.Roles },
        AppVersion = hello.AppVersion,
        ProtocolMin = (uint)hello.ProtocolMin,
        ProtocolMax = (uint)hello.ProtocolMax,
        ConfigHash = hello.ConfigHash,
        Session = session,
        ExpectedUid = expectedUid,
        Purpose = purpose,
    };

    /// <summary>False: no node of any version would say this.</summary>
    public static bool TryRead(Hello message, [NotNullWhen(true)] out UniqueAddress? node, [NotNullWhen(true)] out NodeHello? hello)
    {
        (node, hello) = (null, null);
        if (message.Uid == 0 || message.Port is 0 or > ushort.MaxValue || message.ProtocolMin > message.ProtocolMax) return false;
        if (message.ProtocolMax > int.MaxValue || message.Roles.Count > MaxRoles) return false;
        if (!ActorPath.IsValidName(message.System) || message.Host.Length is 0 or > MaxNameLength) return false;
        if (message.ClusterId.Length is not (0 or ClusterIdLength) || !message.ClusterId.All(char.IsAsciiHexDigit)) return false;
        if (message.ClusterName.Length > MaxNameLength || message.Name.Length > MaxNameLength) return false;
        if (message.AppVersion.Length > MaxNameLength) return false;
        if (message.Roles.Any(role => role.Length is 0 or > MaxNameLength)) return false;
        node = new UniqueAddress(new Address(message.System, message.Host, (int)message.Port), message.Uid);
        hello = new NodeHello(
            message.ClusterName,
            message.ClusterId.Length == 0 ? null : message.ClusterId,
            message.Name,
            [.. message.Roles.Order(StringComparer.Ordinal)],
            message.AppVersion,
            (int)message.ProtocolMin,
            (int)message.ProtocolMax,
            message.ConfigHash);
        return true;
    }
}
