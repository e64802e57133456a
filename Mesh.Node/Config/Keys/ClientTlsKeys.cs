using Mesh.Node.Config.Schema;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of a client's <c>tls</c>.</summary>
internal static class ClientTlsKeys
{
    public static readonly BoolKey Enabled = new("enabled", true, "`false` takes TLS off for a prefix.");

    public static readonly BoolKey DisableValidation = new(
        "disableValidation", false, "Whether any certificate is taken: whoever answers is believed.");

    public static readonly TextKey CommonName = new(
        "commonName", null, "none", "the name in a certificate, such as `web.internal`", static text => text.Length > 0,
        "The name that the endpoint must prove, and that it is told (SNI); `{capture}` of the prefix is put in. Needed unless `disableValidation`.");

    public static readonly FileKey TrustCertsBundle = new(
        "trustCertsBundle", TlsFiles.JudgeCertificates, "Authorities that are trusted, PEM; the system's where none are named.");

    public static readonly ListKey<string?> TrustCerts = new(
        "trustCerts", new FileKey("trustCerts", TlsFiles.JudgeCertificates, "A file."), [], "The same as a list of files.");

    public static readonly SectionKey<ClientAuthConfig> ClientAuth = new("clientAuth", ClientAuthKeys.Section, "The certificate of the client.");

    public static readonly Section<ClientTlsConfig?> Section = new(
        "`tls`",
        "TLS to endpoints that are dialled directly; files that change are read again. Instances behind other nodes' inbound sides are reached by "
        + "`cluster.tls`.",
        [Enabled, DisableValidation, CommonName, TrustCertsBundle, TrustCerts, ClientAuth, TlsVersions.Protocols],
        Build)
    { Rules = Check };

    /// <summary>Reports captures of a name that its prefix does not make.</summary>
    public static void CheckCaptures(SectionView rule, Key tls, MatcherKey prefix, CheckContext context)
    {
        if (rule.Find(tls) is not YamlMapping mapping || new SectionView(mapping).Get(CommonName) is not { } name) return;
        string text = rule.Get(prefix).Text;
        for (int open = name.IndexOf('{', StringComparison.Ordinal); open >= 0; open = name.IndexOf('{', open + 1))
        {
            int close = name.IndexOf('}', open);
            if (close < 0) return;
            string capture = name[open..(close + 1)];
            if (!text.Contains(capture, StringComparison.Ordinal))
                context.Faults.Fault(new SectionView(mapping).At(CommonName),
                    $"`commonName` has {Quoting.Quote(capture)}, which `prefix` does not capture; write it into the prefix, or a name");
        }
    }

    private static ClientTlsConfig? Build(SectionView view) => !view.Get(Enabled) ? null : new ClientTlsConfig
    {
        CommonName = view.Get(DisableValidation) ? null : view.Get(CommonName),
        TrustCerts = [.. view.Get(TrustCerts).Prepend(view.Get(TrustCertsBundle)).OfType<string>()],
        ClientAuth = view.Find(ClientAuth) is null ? null : view.Get(ClientAuth),
        Versions = TlsVersions.Versions(view.Get(TlsVersions.Protocols)),
    };

    private static void Check(SectionView view, CheckContext context)
    {
        if (!view.Get(Enabled)) return;
        bool believes = view.Get(DisableValidation);
        if (!believes && view.Get(CommonName) is null)
            context.Faults.Fault(view.Mapping?.At ?? default,
                "`tls` has no `commonName`: an endpoint must prove a name; write it (`{capture}` of the prefix is put in), "
                + "or `disableValidation: true`");
        if (believes && view.Find(ClientAuth) is not null)
            context.Faults.Fault(view.At(ClientAuth),
                "`clientAuth` with `disableValidation` would show this certificate to whoever answers; take one of them off");
        if (view.Find(TrustCerts) is not null && view.Find(TrustCertsBundle) is not null)
            context.Faults.Fault(view.At(TrustCerts), "`trustCerts` and `trustCertsBundle` are one thing; write one of them");
        if (believes)
            context.Faults.Warn(
                view.At(DisableValidation), "`disableValidation: true` believes whoever answers: what passes can be read and changed");
    }
}

/// <summary>The keys of <c>clientAuth</c>.</summary>
internal static class ClientAuthKeys
{
    public static readonly FileKey CertPath = new("certPath", TlsFiles.JudgeCertificates, "The certificate, PEM.") { Required = true };
    public static readonly FileKey KeyPath = new("keyPath", TlsFiles.JudgeKey, "Its private key, PEM, without a password.") { Required = true };

    public static readonly FileKey IntermediateCertsPath = new(
        "intermediateCertsPath", TlsFiles.JudgeCertificates, "Certificates between it and its authority, PEM; they may stand in `certPath` too.");

    public static readonly Section<ClientAuthConfig> Section = new(
        "`clientAuth`",
        "The certificate of the client.",
        [CertPath, KeyPath, IntermediateCertsPath],
        static view => new ClientAuthConfig(view.Get(CertPath)!, view.Get(KeyPath)!, view.Get(IntermediateCertsPath)))
    { Rules = static (view, context) => TlsFiles.CheckPair(view, CertPath, KeyPath, context) };
}
