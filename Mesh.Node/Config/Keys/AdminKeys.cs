using System.Net;
using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of <c>admin</c>.</summary>
internal static class AdminKeys
{
    public static readonly AddressKey Ip = new("ip", IPAddress.Loopback, "Address that admin listens on.")
    {
        Doubt = static ip => IPAddress.IsLoopback(ip)
            ? null
            : $"admin listens on {ip}, beyond this machine, and tells everyone who reaches it what this node does; 127.0.0.1 keeps it here",
    };

    public static readonly IntKey Port = new(
        "port", AdminConfig.DefaultPort, 0, SharedKeys.MaxPort, "", "Port that admin listens on; 0 takes a free one.");

    public static readonly IntKey ShutdownGraceMs = new(
        "shutdownGraceMs", AdminConfig.DefaultShutdownGraceMs, 0, SharedKeys.MaxMs, "ms",
        "How long requests in flight may finish once the node is told to stop.");

    public static readonly SectionKey<AdminSecurityConfig> Security = new("security", AdminSecurityKeys.Section, "Which admin paths answer.");

    public static readonly SectionKey<AdminTlsConfig> Tls = new("tls", AdminTlsKeys.Section, "TLS on the admin port.");

    public static readonly Section<AdminConfig> Section = new(
        "`admin`",
        "The node's own HTTP endpoints.",
        [
            Ip, Port, ShutdownGraceMs, Security, Tls,
            new FixedSocketOptionsKey("Options of admin's sockets."),
            new UnsupportedKey("httpIdentifierPort", "A port that tells how a request would be named."),
            new InertKey("workerThreads", "Threads of Linkerd's admin server.", "admin shares the runtime's threads"),
        ],
        static view => new AdminConfig(
            view.Get(Ip), view.Get(Port), view.Get(ShutdownGraceMs), view.Get(Security), view.Find(Tls) is null ? null : view.Get(Tls)));
}

/// <summary>The keys of <c>admin.security</c>.</summary>
internal static class AdminSecurityKeys
{
    public static readonly BoolKey UiEnabled = new("uiEnabled", true, "Whether the pages for people answer.");

    public static readonly BoolKey ControlEnabled = new(
        "controlEnabled", true, "Whether what changes something answers: shutdown, log levels, dtabs.");

    public static readonly BoolKey DiagnosticsEnabled = new("diagnosticsEnabled", true, "Whether what only tells something answers.");

    public static readonly ListKey<string> PathWhitelist = Patterns("pathWhitelist", "Paths that answer even where a switch is off.");

    public static readonly ListKey<string> PathBlacklist = Patterns("pathBlacklist", "Paths that never answer.");

    public static readonly Section<AdminSecurityConfig> Section = new(
        "`security`",
        "Which admin paths answer; one that does not is 404. The blacklist is asked first, then the whitelist, then the switches.",
        [UiEnabled, ControlEnabled, DiagnosticsEnabled, PathWhitelist, PathBlacklist],
        static view => view.Mapping is null
            ? AdminSecurityConfig.Default
            : new AdminSecurityConfig(
                view.Get(UiEnabled), view.Get(ControlEnabled), view.Get(DiagnosticsEnabled), view.Get(PathWhitelist), view.Get(PathBlacklist)));

    private static ListKey<string> Patterns(string name, string doc) =>
        new(name, new RegexKey(name, "A regular expression that matches whole paths."), [], doc + " Regular expressions that match whole paths.");
}

/// <summary>The keys of <c>admin.tls</c>.</summary>
internal static class AdminTlsKeys
{
    public static readonly FileKey CertPath = new("certPath", TlsFiles.JudgeCertificates, "The certificate, PEM.") { Required = true };
    public static readonly FileKey KeyPath = new("keyPath", TlsFiles.JudgeKey, "Its private key, PEM, without a password.") { Required = true };

    public static readonly FileKey IntermediateCertsPath = new(
        "intermediateCertsPath", TlsFiles.JudgeCertificates, "Certificates between it and its authority, PEM.");

    public static readonly FileKey CaCertPath = new(
        "caCertPath", TlsFiles.JudgeCertificates,
        "Authorities that client certificates are checked against, PEM; the system's where none are named.");

    public static readonly BoolKey RequireClientAuth = new("requireClientAuth", false, "Whether a client must have a certificate.");

    public static readonly Section<AdminTlsConfig> Section = new(
        "`tls`",
        "The certificate of the admin port, by file.",
        [
            CertPath, KeyPath, IntermediateCertsPath, CaCertPath, RequireClientAuth,
            new UnsupportedKey("protocols", "Versions of TLS; the system's policy decides."),
            new UnsupportedKey("ciphers", "Cipher suites; the system's policy decides."),
        ],
        static view => new AdminTlsConfig(
            view.Get(CertPath)!, view.Get(KeyPath)!, view.Get(IntermediateCertsPath), view.Get(CaCertPath), view.Get(RequireClientAuth)))
    { Rules = CheckPair };

    private static void CheckPair(SectionView view, CheckContext context)
    {
        if (view.Get(RequireClientAuth) && view.Get(CaCertPath) is null)
            context.Faults.Warn(view.At(RequireClientAuth),
                "`requireClientAuth` without `caCertPath` serves everyone with a certificate of any authority that this system trusts");
        TlsFiles.CheckPair(view, CertPath, KeyPath, context);
    }
}
