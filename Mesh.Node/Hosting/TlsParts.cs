using Mesh.Node.Config;
using Mesh.Node.Proxy.Tls;
using Mesh.Wire.Tls;

namespace Mesh.Node.Hosting;

/// <summary>How the data plane secures what passes between nodes, by the same files as the cluster itself.</summary>
/// <param name="Nodes">For who dials.</param>
/// <param name="Inbound">For who is dialled; null: plain.</param>
internal sealed record TlsParts(NodeTls Nodes, ServerTls? Inbound)
{
    private const string Remedy =
        "It is a node's inbound side, with `cluster.tls`: give the node that sent this `cluster.tls` too; apps and people use a router's port.";

    /// <exception cref="IOException">A file cannot be used; the message names it.</exception>
    public static TlsParts Of(MeshConfig config, NodeLog log, TimeProvider time)
    {
        if (config.Cluster is not { } cluster) return new TlsParts(NodeTls.None, null);
        if (cluster.Tls is not { } tls) return new TlsParts(new NodeTls(null, cluster.Insecure), null);
        CertificateFiles files = new(
            new CertificatePaths(tls.CertPath, tls.KeyPath, tls.CaCertPath), time, text => log.Warning(InboundConfig.Label, text));
        ServerTls inbound = new(verdict => MutualTls.Node(files.Current(), verdict), Remedy) { TakesPlain = cluster.Insecure };
        return new TlsParts(new NodeTls(files, cluster.Insecure), inbound);
    }
}
