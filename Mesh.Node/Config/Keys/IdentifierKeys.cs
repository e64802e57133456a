using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of each identifier.</summary>
internal static class IdentifierKeys
{
    /// <summary>Most segments that can be asked for.</summary>
    private const int MostSegments = 100;

    public static readonly TextKey TokenHeader = Header(HeaderTokenConfig.DefaultHeader, "The header whose value is the name.");
    public static readonly TextKey PathHeader = Header(HeaderPathConfig.DefaultHeader, "The header whose value is a path.");

    public static readonly TextKey SegmentsHeader = new(
        "header", HeaderSegmentsConfig.DefaultHeader, "", "`:path`, or the name of a header",
        static text => text == HeaderSegmentsConfig.DefaultHeader || SharedKeys.IsToken(text),
        "The header whose value is a path; `:path` is the request's own, by whatever protocol it came.");

    public static readonly OptionalIntKey SomeSegments = new(
        "segments", "all", 1, MostSegments, "segments", "How many are taken; a path with fewer is not identified.");

    public static readonly IntKey Segments = new(
        "segments", PathIdentifierConfig.DefaultSegments, 1, MostSegments, "segments", "How many are taken; a path with fewer is not identified.");

    public static readonly BoolKey Consume = new("consume", false, "Whether they are taken off the path that is forwarded.");
    public static readonly BoolKey HttpUriInDst = new("httpUriInDst", false, "Whether the request's path follows in the name.");
    public static readonly PathKey Path = new("path", "the path behind `dstPrefix`, such as `/web`") { Required = true };

    public static readonly Section<IdentifierConfig> Token = new(
        "identifier `io.l5d.header.token`",
        "The value of one header becomes one segment behind `dstPrefix`: `Host: web` is `/svc/web`.",
        [TokenHeader, SharedKeys.Experimental],
        static view => new HeaderTokenConfig(view.Get(TokenHeader)!));

    public static readonly Section<IdentifierConfig> HeaderPath = new(
        "identifier `io.l5d.header`",
        "The value of one header is a path behind `dstPrefix`: `l5d-name: /web/v2` is `/svc/web/v2`.",
        [PathHeader, SharedKeys.Experimental],
        static view => new HeaderPathConfig(view.Get(PathHeader)!));

    public static readonly Section<IdentifierConfig> HeaderSegments = new(
        "identifier `io.l5d.header.path`",
        "Segments of a header that holds a path: `GET /web/users/?x=1` is `/svc/web/users`.",
        [SegmentsHeader, SomeSegments, SharedKeys.Experimental],
        static view => new HeaderSegmentsConfig(view.Get(SegmentsHeader)!, view.Get(SomeSegments)));

    public static readonly Section<IdentifierConfig> RequestPath = new(
        "identifier `io.l5d.path`",
        "The first segments of the request's path: `GET /web/users?x=1` is `/svc/web`.",
        [Segments, Consume, SharedKeys.Experimental],
        static view => new PathIdentifierConfig(view.Get(Segments), view.Get(Consume)));

    public static readonly Section<IdentifierConfig> MethodAndHost = new(
        "identifier `io.l5d.methodAndHost`",
        "Version, method and host in lower case: `/svc/1.1/GET/web.example`.",
        [HttpUriInDst, SharedKeys.Experimental],
        static view => new MethodAndHostConfig(view.Get(HttpUriInDst)));

    public static readonly Section<IdentifierConfig> Static = new(
        "identifier `io.l5d.static`",
        "One name for every request.",
        [Path, SharedKeys.Experimental],
        static view => new StaticIdentifierConfig(view.Get(Path)[1..]));

    private static TextKey Header(string whenAbsent, string doc) =>
        new("header", whenAbsent, "", "the name of a header, or `:authority`", static text => text == ":authority" || SharedKeys.IsToken(text), doc);
}

/// <summary>The kinds of <c>identifier</c>.</summary>
internal static class IdentifierKinds
{
    public static readonly KindTable Table = new(
        "an identifier",
        "kind",
        null,
        [
            new Kind<IdentifierConfig>(HeaderTokenConfig.KindName, "One header's value is the name.", IdentifierKeys.Token),
            new Kind<IdentifierConfig>(HeaderPathConfig.KindName, "One header's value is a path.", IdentifierKeys.HeaderPath),
            new Kind<IdentifierConfig>(HeaderSegmentsConfig.KindName, "Segments of `:path`, or of a header.", IdentifierKeys.HeaderSegments),
            new Kind<IdentifierConfig>(PathIdentifierConfig.KindName, "The first segments of the request's path.", IdentifierKeys.RequestPath),
            new Kind<IdentifierConfig>(MethodAndHostConfig.KindName, "Version, method and host.", IdentifierKeys.MethodAndHost),
            new Kind<IdentifierConfig>(StaticIdentifierConfig.KindName, "One name for every request.", IdentifierKeys.Static),
            Kind.NotSupported("io.l5d.ingress", "Kubernetes ingress rules"),
            Kind.NotSupported("io.l5d.k8s.istio", "Istio's routes"),
            Kind.NotSupported("io.l5d.k8s.istio-ingress", "Istio's ingress rules"),
        ]);
}
