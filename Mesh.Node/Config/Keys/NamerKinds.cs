using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The kinds of <c>namers</c>.</summary>
internal static class NamerKinds
{
    public static readonly KindTable Table = new(
        "a namer",
        "kind",
        null,
        [
            new Kind<NamerConfig>(FsNamerConfig.KindName, "Addresses from watched files.", FsNamerKeys.Section),
            Kind.NotSupported("io.l5d.consul", "addresses from Consul"),
            Kind.NotSupported("io.l5d.k8s", "addresses from Kubernetes"),
            Kind.NotSupported("io.l5d.k8s.ns", "addresses from one Kubernetes namespace"),
            Kind.NotSupported("io.l5d.k8s.external", "addresses of Kubernetes load balancers"),
            Kind.NotSupported("io.l5d.k8s.istio", "addresses from Istio"),
            Kind.NotSupported("io.l5d.marathon", "addresses from Marathon"),
            Kind.NotSupported("io.l5d.serversets", "addresses from ZooKeeper server sets"),
            Kind.NotSupported("io.l5d.zkLeader", "the leader's address from ZooKeeper"),
            Kind.NotSupported("io.l5d.curator", "addresses from Curator"),
            Kind.NotSupported("io.l5d.dnssrv", "addresses from DNS SRV records"),
            Kind.NotSupported("io.l5d.rancher", "addresses from Rancher"),
            Kind.NotSupported("io.l5d.rewrite", "names rewritten by a pattern"),
        ]);

    /// <summary>The prefix key of a namer kind.</summary>
    public static TextKey Prefix(string kind) => new(
        "prefix", kind, "", "a path of segments such as `io.l5d.fs`, without `/#/` before it", SharedKeys.IsPathTail,
        "Names under `/#/<prefix>` are asked of this namer; a `/` or `/#/` before it may be written.")
    { Normalize = StripPrefix };

    private static string StripPrefix(string text)
    {
        if (text.StartsWith("/#/", StringComparison.Ordinal)) return text[3..];
        return text.StartsWith('/') ? text[1..] : text;
    }
}

/// <summary>The keys of namer <c>io.l5d.fs</c>.</summary>
internal static class FsNamerKeys
{
    public static readonly DirectoryKey RootDir = new(
        "rootDir", "the directory that holds one file a name, each line `host port [* weight]`")
    { Required = true };

    public static readonly TextKey Prefix = NamerKinds.Prefix(FsNamerConfig.KindName);

    public static readonly Section<NamerConfig> Section = new(
        "namer `io.l5d.fs`",
        "Addresses from files that are watched: `/#/io.l5d.fs/web` is the file `web` in `rootDir`.",
        [RootDir, Prefix, SharedKeys.Experimental, new UnsupportedKey("transformers", "Changes of the addresses found.", "[]")],
        static view => new FsNamerConfig(view.Get(Prefix)!, [], view.Get(RootDir)));
}
