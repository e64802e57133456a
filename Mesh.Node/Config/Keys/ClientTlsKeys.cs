using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>
/// The keys of a client's <c>tls</c>: checked, and refused as a whole until a client can speak TLS; <c>enabled: false</c> asks for what is.
/// </summary>
internal static class ClientTlsKeys
{
    private static readonly BoolKey s_enabled = new("enabled", true, "`false` takes TLS off for a prefix.");

    private static readonly Section<object?> s_clientAuth = new(
        "`clientAuth`",
        "The certificate of the client.",
        [Text("certPath", "The certificate, PEM."), Text("keyPath", "Its key, PEM."), Text("intermediateCertsPath", "The chain, PEM.")],
        static _ => null);

    public static readonly Section Section = new(
        "`tls`",
        "TLS to endpoints.",
        [
            s_enabled,
            new BoolKey("disableValidation", false, "Whether any certificate is taken."),
            Text("commonName", "The name that the endpoint must prove; `{capture}` of the prefix is put in."),
            Text("trustCertsBundle", "Authorities that are trusted, PEM."),
            new ListKey<string?>("trustCerts", Text("trustCerts", "A file."), [], "The same as a list of files."),
            new SectionKey<object?>("clientAuth", s_clientAuth, "The certificate of the client."),
            new ListKey<string?>("protocols", Text("protocols", "A version."), [], "Versions of TLS."),
        ]);

    /// <summary>True where it only says that there is no TLS, which holds anyway.</summary>
    public static bool IsOff(SectionView view) => !view.Get(s_enabled);

    private static TextKey Text(string name, string doc) => new(name, null, "", "text", static text => text.Length > 0, doc);
}
