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
            new Kind<NamerConfig>(RewriteNamerConfig.KindName, "Names rewritten by a pattern.", RewriteNamerKeys.Section),
            new Kind<NamerConfig>(ServicesNamerConfig.KindName, "Instances that nodes of the cluster registered.", ServicesNamerKeys.Section),
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
        ]);

    /// <summary>The prefix key of a namer kind; without a kind it must be written.</summary>
    public static TextKey Prefix(string? kind) => new(
        "prefix", kind, "", "a path of segments such as `io.l5d.fs`, without `/#/` before it", SharedKeys.IsPathTail,
        kind is null
            ? "the names `/#/<prefix>` that it rewrites"
            : "Names under `/#/<prefix>` are asked of this namer; a `/` or `/#/` before it may be written.")
    { Normalize = StripPrefix, Required = kind is null };

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
        [RootDir, Prefix, Transformers.Key, SharedKeys.Experimental],
        static view => new FsNamerConfig(view.Get(Prefix)!, view.Get(Transformers.Key), view.Get(RootDir)));
}

/// <summary>The keys of namer <c>io.mesh.services</c>.</summary>
internal static class ServicesNamerKeys
{
    public static readonly BoolKey IncludeTag = new(
        "includeTag", false, "Names begin with a tag, `/#/io.mesh.services/v2/web`, and find the instances that carry it.");

    public static readonly TextKey Prefix = NamerKinds.Prefix(ServicesNamerConfig.KindName);

    public static readonly Section<NamerConfig> Section = new(
        "namer `io.mesh.services`",
        "Instances that nodes of the cluster registered: `/#/io.mesh.services/web`. Where none is up the next alternative is tried. Needs `cluster`.",
        [IncludeTag, Prefix, Transformers.Key, SharedKeys.Experimental],
        static view => new ServicesNamerConfig(view.Get(Prefix)!, view.Get(Transformers.Key), view.Get(IncludeTag)));
}

/// <summary>The keys of namer <c>io.l5d.rewrite</c>.</summary>
internal static class RewriteNamerKeys
{
    public static readonly TextKey Prefix = NamerKinds.Prefix(null);

    public static readonly MatcherKey Pattern = new(
        "pattern", "what a name behind the prefix must begin with, such as `/{service}/api`") { Required = true };

    public static readonly TextKey Name = new(
        "name", null, "", "a path in which `{capture}` stands for what the pattern captured", static text => text.StartsWith('/'),
        "the path that it becomes, such as `/srv/{service}`")
    { Required = true };

    public static readonly Section<NamerConfig> Section = new(
        "namer `io.l5d.rewrite`",
        "Names by a pattern: with `/{service}/api` and `/srv/{service}`, `/#/<prefix>/web/api` is `/srv/web`. What follows the pattern is dropped.",
        [Prefix, Pattern, Name, Transformers.Key, SharedKeys.Experimental],
        static view => new RewriteNamerConfig(view.Get(Prefix)!, view.Get(Transformers.Key), view.Get(Pattern).Text, view.Get(Name)!))
    { Rules = CheckCaptures };

    /// <summary>A name that uses what nothing captures would hold the braces themselves.</summary>
    private static void CheckCaptures(SectionView view, CheckContext context)
    {
        if (view.Find(Pattern) is null || view.Get(Name) is not { } name) return;
        string pattern = view.Get(Pattern).Text;
        foreach (string piece in name.Split('{').Skip(1))
        {
            string capture = "{" + piece[..(piece.IndexOf('}', StringComparison.Ordinal) + 1)];
            if (capture.Length > 2 && !pattern.Contains(capture, StringComparison.Ordinal))
                context.Faults.Fault(view.At(Name),
                    $"`name` uses {Quoting.Quote(capture)}, which `pattern` {Quoting.Quote(pattern)} does not capture");
        }
    }
}
