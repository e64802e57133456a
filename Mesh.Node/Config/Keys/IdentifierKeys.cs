using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of identifier <c>io.l5d.header.token</c>.</summary>
internal static class HeaderTokenKeys
{
    public static readonly TextKey Header = new(
        "header", HeaderTokenConfig.DefaultHeader, "", "the name of a header", SharedKeys.IsToken, "The header whose value is the name.");

    public static readonly Section<IdentifierConfig> Section = new(
        "identifier `io.l5d.header.token`",
        "The value of one header becomes one segment behind `dstPrefix`: `Host: web` is `/svc/web`.",
        [Header],
        static view => new HeaderTokenConfig(view.Get(Header)!));
}

/// <summary>The kinds of <c>identifier</c>.</summary>
internal static class IdentifierKinds
{
    public static readonly KindTable Table = new(
        "an identifier",
        "kind",
        null,
        [
            new Kind<IdentifierConfig>(HeaderTokenConfig.KindName, "One header's value is the name.", HeaderTokenKeys.Section),
            Kind.NotSupported("io.l5d.header", "a header's value as a path"),
            Kind.NotSupported("io.l5d.path", "the first segments of the request's path"),
            Kind.NotSupported("io.l5d.methodAndHost", "version, method and host"),
            Kind.NotSupported("io.l5d.static", "one name for every request"),
            Kind.NotSupported("io.l5d.ingress", "Kubernetes ingress rules"),
            Kind.NotSupported("io.l5d.k8s.istio", "Istio's routes"),
        ]);
}
