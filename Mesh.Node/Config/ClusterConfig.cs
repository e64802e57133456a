using System.Collections.Immutable;
using System.Net;
using Mesh.Actors.Downing;

namespace Mesh.Node.Config;

/// <summary>This node as a member of a cluster.</summary>
/// <param name="Name">The cluster's; nodes of another name are refused.</param>
/// <param name="Node">A label for people.</param>
/// <param name="Ip">What is listened on.</param>
/// <param name="Port">What is listened on; 0 takes a free one.</param>
/// <param name="Advertise">Where others reach this node; null: where it listens.</param>
/// <param name="Roles">In ordinal order; <c>core</c> nodes vote and host shards.</param>
/// <param name="Seeds">Nodes that are asked first, as they advertise themselves.</param>
/// <param name="SeedDns">A name whose every address is a seed; null: none.</param>
/// <param name="BootstrapExpect">Core nodes that found the cluster together, once; 0 never founds one.</param>
/// <param name="Tls">Certificates by file; null: no TLS.</param>
/// <param name="Insecure">Lets a node without TLS be reached from beyond this machine.</param>
/// <param name="Downing">What happens after a partition.</param>
/// <param name="Directory">Of its files; null: <c>cluster</c> in the state directory.</param>
internal sealed record ClusterConfig(
    string Name,
    string Node,
    IPAddress Ip,
    int Port,
    HostPort? Advertise,
    ImmutableArray<string> Roles,
    ImmutableArray<HostPort> Seeds,
    HostPort? SeedDns,
    int BootstrapExpect,
    ClusterTlsConfig? Tls,
    bool Insecure,
    DowningConfig Downing,
    string? Directory)
{
    /// <summary>Beside Linkerd's 4140 to 4143.</summary>
    public const int DefaultPort = 4150;

    public const string DefaultName = "mesh";

    /// <summary>Core nodes that vote: more cost every write a round to them and add little safety.</summary>
    public const int MaxBootstrapExpect = 15;
}

/// <summary>A host, by name or literal, and a port.</summary>
internal sealed record HostPort(string Host, int Port)
{
    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

/// <summary>Certificates between nodes: each shows its own and checks the other's against the authorities.</summary>
/// <param name="CertPath">PEM, with intermediates.</param>
/// <param name="KeyPath">PEM.</param>
/// <param name="CaCertPath">PEM: whom the other nodes' certificates must come from.</param>
internal sealed record ClusterTlsConfig(string CertPath, string KeyPath, string CaCertPath);

/// <param name="Strategy">Which side lives.</param>
/// <param name="QuorumSize">Core nodes that a side needs under <see cref="DowningStrategy.StaticQuorum"/>; 0 for the others.</param>
/// <param name="StableAfterMs">How long nothing changed before it is decided, milliseconds; null: by the number of core nodes.</param>
/// <param name="DownIfAlone">Under <see cref="DowningStrategy.KeepOldest"/>: an oldest node that is alone goes down itself.</param>
/// <param name="DownAllWhenUnstable">Give up everywhere when it never becomes stable; needs a supervisor that starts nodes again.</param>
internal sealed record DowningConfig(DowningStrategy Strategy, int QuorumSize, int? StableAfterMs, bool DownIfAlone, bool DownAllWhenUnstable);
