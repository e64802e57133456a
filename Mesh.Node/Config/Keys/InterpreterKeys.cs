using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of interpreter <c>default</c>.</summary>
internal static class InterpreterKeys
{
    public static readonly Section<object?> Section = new(
        "interpreter `default`",
        "Names are bound by the router's own dtab and the configured namers.",
        [new UnsupportedKey("transformers", "Changes of the addresses found.", "[]"), SharedKeys.Experimental],
        static _ => null);
}

/// <summary>The kinds of <c>interpreter</c>.</summary>
internal static class InterpreterKinds
{
    public static readonly KindTable Table = new(
        "an interpreter",
        "kind",
        "default",
        [
            new Kind<object?>("default", "The router's own dtab and the configured namers.", InterpreterKeys.Section),
            Kind.NotSupported("io.l5d.fs", "a dtab from a file"),
            Kind.NotSupported("io.l5d.consul.interpreter", "a dtab from Consul"),
            Kind.NotSupported("io.l5d.k8s.configMap", "a dtab from a Kubernetes config map"),
            Kind.NotSupported("io.l5d.namerd", "names bound by namerd over thriftmux"),
            Kind.NotSupported("io.l5d.namerd.http", "names bound by namerd over HTTP"),
            Kind.NotSupported("io.l5d.mesh", "names bound by namerd over gRPC"),
            Kind.NotSupported("io.l5d.istio", "names bound by Istio"),
        ]);
}
