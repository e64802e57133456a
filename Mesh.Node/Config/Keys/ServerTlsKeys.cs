using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Authentication;
using Mesh.Node.Config.Schema;
using Mesh.Node.Proxy.Tls;
using Mesh.Wire.Tls;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of a server's <c>tls</c>.</summary>
internal static class ServerTlsKeys
{
    public static readonly FileKey CertPath = new("certPath", TlsFiles.JudgeCertificates, "The certificate, PEM.") { Required = true };
    public static readonly FileKey KeyPath = new("keyPath", TlsFiles.JudgeKey, "Its private key, PEM, without a password.") { Required = true };

    public static readonly FileKey IntermediateCertsPath = new(
        "intermediateCertsPath", TlsFiles.JudgeCertificates, "Certificates between it and its authority, PEM; they may stand in `certPath` too.");

    public static readonly FileKey CaCertPath = new(
        "caCertPath", TlsFiles.JudgeCertificates,
        "Authorities that client certificates must come from, PEM; the system's where none are named. Only with `requireClientAuth`.");

    public static readonly BoolKey RequireClientAuth = new(
        "requireClientAuth", false, "Whether a client must have a certificate; else none is asked for.");

    public static readonly IntKey HandshakeTimeoutMs = new(
        "handshakeTimeoutMs", ServerTlsConfig.DefaultHandshakeTimeoutMs, 1, SharedKeys.MaxMs, "ms",
        "From the accept to the end of the handshake; Mesh's own key.");

    public static readonly IntKey MaxHandshakes = new(
        "maxHandshakes", ServerTls.DefaultMaxHandshakes, 1, 1_000_000, "connections",
        "Connections that are accepted and not secured yet; one more is reset. Mesh's own key.");

    public static readonly Section<ServerTlsConfig> Section = new(
        "`tls`",
        "TLS to clients: the server's certificate, by file; files that change are read again. Plain requests are refused. "
        + "Inside, HTTP/2 is spoken with clients that offer it (ALPN), else HTTP/1.1.",
        [
            CertPath, KeyPath, IntermediateCertsPath, CaCertPath, RequireClientAuth, TlsVersions.Protocols, TlsVersions.Ciphers,
            HandshakeTimeoutMs, MaxHandshakes,
        ],
        static view => new ServerTlsConfig(view.Get(CertPath)!, view.Get(KeyPath)!)
        {
            IntermediateCertsPath = view.Get(IntermediateCertsPath),
            CaCertPath = view.Get(CaCertPath),
            RequireClientAuth = view.Get(RequireClientAuth),
            Versions = TlsVersions.Versions(view.Get(TlsVersions.Protocols)),
            Ciphers = [.. Suites(view)],
            HandshakeTimeoutMs = view.Get(HandshakeTimeoutMs),
            MaxHandshakes = view.Get(MaxHandshakes),
        })
    { Rules = Check };

    private static ImmutableArray<TlsCipherSuite> Suites(SectionView view) =>
        [.. view.Get(TlsVersions.Ciphers).Where(static name => name is not null).Select(static name => TlsVersions.Suite(name!))];

    private static void Check(SectionView view, CheckContext context)
    {
        TlsFiles.CheckPair(view, CertPath, KeyPath, context);
        if ((TlsVersions.Versions(view.Get(TlsVersions.Protocols)) & ServerTerms.Served(Suites(view))) == SslProtocols.None)
            context.Faults.Fault(
                view.At(TlsVersions.Ciphers), "`ciphers` names no suite of a version that `protocols` allows; no client could connect");
        bool required = view.Get(RequireClientAuth);
        if (required && view.Find(CaCertPath) is null)
            context.Faults.Warn(view.At(RequireClientAuth),
                "`requireClientAuth` without `caCertPath` serves everyone with a certificate of any authority that this system trusts");
        if (!required && view.Find(CaCertPath) is not null)
            context.Faults.Warn(view.At(CaCertPath),
                "`caCertPath` has no effect without `requireClientAuth: true`: no client is asked for a certificate");
    }
}
