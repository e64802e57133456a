using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of each transformer.</summary>
internal static class TransformerKeys
{
    public static readonly TextKey Prefix = new(
        "prefix", null, "the kind, and the port of `io.l5d.port`", "a path of segments such as `io.l5d.port`, without `/%/` before it",
        SharedKeys.IsPathTail, "Goes behind `/%/` before the names of what was changed; a `/` before it may be written.")
    { Normalize = static text => text.StartsWith('/') ? text[1..] : text };

    public static readonly IntKey Port = new("port", 1, 1, SharedKeys.MaxPort, "", "the port that all addresses get") { Required = true };

    public static readonly TextKey Host = new(
        "host", null, "", "an address such as `10.0.0.1`, or the name of a host", IsHost, "the only host whose addresses stay")
    { Required = true };

    public static readonly PathKey Path = new("path", "the path that names become") { Required = true };

    public static readonly Section<TransformerConfig> ToPort = new(
        "transformer `io.l5d.port`",
        "All addresses get one port, such as that of the nodes beside the replicas.",
        [Port, Prefix, SharedKeys.Experimental],
        static view => new PortTransformerConfig(view.Get(Prefix) ?? $"io.l5d.port/{Numbers.Text(view.Get(Port))}", view.Get(Port)));

    public static readonly Section<TransformerConfig> Localhost = new(
        "transformer `io.l5d.localhost`",
        "Only addresses of this host stay.",
        [Prefix, SharedKeys.Experimental],
        static view => new LocalhostTransformerConfig(view.Get(Prefix) ?? "io.l5d.localhost"));

    public static readonly Section<TransformerConfig> SpecificHost = new(
        "transformer `io.l5d.specificHost`",
        "Only addresses of one host stay.",
        [Host, Prefix, SharedKeys.Experimental],
        static view => new SpecificHostTransformerConfig(view.Get(Prefix) ?? "io.l5d.specificHost", view.Get(Host)!));

    public static readonly Section<TransformerConfig> Replace = new(
        "transformer `io.l5d.replace`",
        "What was found becomes the path; what was not found stays so.",
        [Path, Prefix, SharedKeys.Experimental],
        static view => new ReplaceTransformerConfig(view.Get(Prefix) ?? "io.l5d.replace", view.Get(Path)));

    public static readonly Section<TransformerConfig> Const = new(
        "transformer `io.l5d.const`",
        "Everything becomes the path, found or not.",
        [Path, Prefix, SharedKeys.Experimental],
        static view => new ConstTransformerConfig(view.Get(Prefix) ?? "io.l5d.const", view.Get(Path)));

    private static bool IsHost(string text) => Uri.CheckHostName(text) != UriHostNameType.Unknown && !text.Contains('[');
}

/// <summary>The kinds of <c>transformers</c>.</summary>
internal static class TransformerKinds
{
    public static readonly KindTable Table = new(
        "a transformer",
        "kind",
        null,
        [
            new Kind<TransformerConfig>("io.l5d.port", "All addresses get one port.", TransformerKeys.ToPort),
            new Kind<TransformerConfig>("io.l5d.localhost", "Only addresses of this host stay.", TransformerKeys.Localhost),
            new Kind<TransformerConfig>("io.l5d.specificHost", "Only addresses of one host stay.", TransformerKeys.SpecificHost),
            new Kind<TransformerConfig>("io.l5d.replace", "What was found becomes a path.", TransformerKeys.Replace),
            new Kind<TransformerConfig>("io.l5d.const", "Everything becomes a path.", TransformerKeys.Const),
            Kind.NotSupported("io.l5d.k8s.daemonset", "the pod of a daemon set on each replica's node"),
            Kind.NotSupported("io.l5d.k8s.localnode", "only pods of this Kubernetes node"),
        ]);
}

/// <summary>The key <c>transformers</c> of namers and interpreters.</summary>
internal static class Transformers
{
    public static readonly ListKey<TransformerConfig> Key = new(
        "transformers", new KindKey<TransformerConfig>("transformers", TransformerKinds.Table, "A transformer."), [],
        "Changes of what is found, in the order of their application.");
}
