using Mesh.Node.Config;
using Mesh.Node.Proxy.Tls;
using Mesh.Wire.Tls;

namespace Mesh.Node.Hosting;

/// <summary>How the data plane secures what it accepts and whom it dials, in the words of Wire.</summary>
internal sealed class TlsParts
{
    private const string InboundRemedy =
        "It is a node's inbound side, with `cluster.tls`: give the node that sent this `cluster.tls` too; apps and people use a router's port.";

    private const string ServerRemedy = "It is a server with `tls`: use https, or another port.";

    private readonly CertificateShelf _shelf;

    private TlsParts(CertificateShelf shelf, ClusterConfig? cluster)
    {
        _shelf = shelf;
        Nodes = NodeTls.None;
        if (cluster is null) return;
        CertificateFiles? files = cluster.Tls is { } tls ? shelf.Files(new CertificatePaths(tls.CertPath, tls.KeyPath, tls.CaCertPath)) : null;
        Nodes = new NodeTls(files, cluster.Insecure);
        if (files is not null)
            Inbound = new ServerTls(verdict => MutualTls.Node(files.Current(), verdict), InboundRemedy) { TakesPlain = cluster.Insecure };
    }

    /// <summary>For who dials another node's inbound side.</summary>
    public NodeTls Nodes { get; }

    /// <summary>For this node's inbound side; null: plain.</summary>
    public ServerTls? Inbound { get; }

    /// <exception cref="IOException">A file cannot be used; the message names it.</exception>
    public static TlsParts Of(MeshConfig config, NodeLog log, TimeProvider time) =>
        new(new CertificateShelf(time, text => log.Warning("tls", text)), config.Cluster);

    /// <param name="config">Of the server.</param>
    /// <param name="speaksHttp">False: nothing is known of what is spoken inside, and nothing is said of it (ALPN).</param>
    /// <exception cref="IOException">A file cannot be used; the message names it.</exception>
    public ServerTls Of(ServerTlsConfig config, bool speaksHttp = true)
    {
        string? authorities = config.RequireClientAuth ? config.CaCertPath : null;
        ServerTerms terms = new(_shelf.Files(new CertificatePaths(config.CertPath, config.KeyPath, authorities)
        {
            Intermediates = config.IntermediateCertsPath,
        }))
        {
            RequiresClient = config.RequireClientAuth,
            Versions = config.Versions,
            Ciphers = config.Ciphers.Items,
        };
        if (!speaksHttp) terms = terms with { Protocols = [] };
        return new ServerTls(terms.Options, ServerRemedy)
        {
            Timeout = TimeSpan.FromMilliseconds(config.HandshakeTimeoutMs),
            MaxHandshakes = config.MaxHandshakes,
            SpeaksHttp = speaksHttp,
        };
    }

    /// <summary>For endpoints that are no nodes. Reads no file yet.</summary>
    public EndpointDialing Of(ClientTlsConfig config)
    {
        bool hasFiles = config.ClientAuth is not null || config.TrustCerts.Count > 0;
        CertificatePaths paths = new(config.ClientAuth?.CertPath, config.ClientAuth?.KeyPath, config.TrustCerts.Items.FirstOrDefault())
        {
            Intermediates = config.ClientAuth?.IntermediateCertsPath,
            MoreAuthorities = config.TrustCerts.Count > 1 ? string.Join('\n', config.TrustCerts.Items.Skip(1)) : null,
        };
        return new EndpointDialing(_shelf, hasFiles ? paths : null, config.CommonName) { Versions = config.Versions };
    }
}
