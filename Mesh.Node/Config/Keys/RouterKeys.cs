using System.Collections.Immutable;
using Mesh.Node.Config.Schema;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of a router for HTTP.</summary>
internal static class RouterKeys
{
    /// <summary>Largest head that can be asked for, KiB: it is buffered for each request.</summary>
    private const int MaxHeadKB = 1024;

    /// <summary>The protocol that differs from <c>http</c> in its defaults alone.</summary>
    public const string Http2 = "h2";

    public static readonly TextKey Label = SharedKeys.Label("the protocol", "The router's name in metrics and messages; unique.");

    public static readonly TextKey DstPrefix = new(
        "dstPrefix", RouterConfig.DefaultDstPrefix, "", "a path such as `/svc`, without a slash at its end",
        static text => text == "/" || (text.StartsWith('/') && SharedKeys.IsPathTail(text[1..])), "Goes before each identified name.");

    public static readonly DtabKey Dtab = new("dtab", "The base delegation table: what names become.");

    public static readonly ListKey<IdentifierConfig> Identifier = new(
        "identifier", new KindKey<IdentifierConfig>("identifier", IdentifierKinds.Table, "An identifier."),
        [new HeaderTokenConfig(HeaderTokenConfig.DefaultHeader)],
        "How requests get their names; one, or a list of which the first that identifies wins.")
    { OneOrMany = true, Least = 1, Absent = $"kind: {HeaderTokenConfig.KindName}" };

    public static readonly IntKey BindingTimeoutMs = new(
        "bindingTimeoutMs", RouterConfig.DefaultBindingTimeoutMs, 1, SharedKeys.MaxMs, "ms",
        "How long a request waits for its name's first binding.");

    public static readonly SectionKey<BindingCacheConfig> BindingCache = new("bindingCache", BindingCacheKeys.Section, "How many bindings are kept.");

    public static readonly IntKey MaxHeadersKB = new(
        "maxHeadersKB", HttpLimitsConfig.DefaultMaxHeadersKB, 1, MaxHeadKB, "KiB", "Largest head, start line and headers together.");

    public static readonly IntKey MaxInitialLineKB = new(
        "maxInitialLineKB", HttpLimitsConfig.DefaultMaxInitialLineKB, 1, MaxHeadKB, "KiB", "Longest start line.");

    public static readonly IntKey MaxHeaderFields = new(
        "maxHeaderFields", HttpLimitsConfig.DefaultMaxHeaderFields, 1, 10_000, "headers",
        "Most headers of a message, in effect never more than 256; Mesh's own key.");

    public static readonly KindKey<PolicyConfig<ClientConfig>> Client = new("client", ClientKinds.Table, "How destinations are called.");

    public static readonly KindKey<PolicyConfig<ServiceConfig>> Service = new(
        "service", ServiceKinds.Table, "How service names are treated: time limits, and what counts as a failure.");

    public static readonly KindKey<InterpreterConfig> Interpreter = new("interpreter", InterpreterKinds.Table, "Who binds names.");

    public static readonly BoolKey Originator = new("originator", false, "Marks this router as the first of a chain, in metrics.");

    public static readonly ListKey<ServerConfig> Servers = new(
        "servers", new SectionKey<ServerConfig>("servers", ServerKeys.Section, "A server."), [], "one listener or more, such as `- port: 4140`")
    { Required = true, Least = 1 };

    public static readonly Section<RouterConfig> Section = new(
        "a router",
        "A router for HTTP: its listeners, how requests get names, how names become destinations, and how those are called.",
        With(Servers),
        static view => Build(view, IsHttp2(view) ? Http2 : RouterConfig.DefaultLabel, view.Get(Servers)))
    { Rules = CheckTogether };

    /// <summary>The keys of a router for HTTP, with its own of servers, and more behind them.</summary>
    public static ImmutableArray<Key> With(Key servers, params ReadOnlySpan<Key> more) =>
    [
        Label, DstPrefix, Dtab, Identifier, Interpreter, BindingTimeoutMs, BindingCache, MaxHeadersKB, MaxInitialLineKB, MaxHeaderFields,
        Client, Service, RoutePolicyKeys.Policies, servers, Originator, .. more,
        .. AccessLogKeys.All,
        SharedKeys.Experimental,
        new UnsupportedKey("announcers", "Registration of servers elsewhere.", "[]"),
        new UnsupportedKey("tracePropagator", "Which trace headers are passed on.", "io.l5d.default"),
        new UnsupportedKey("streamingEnabled", "Bodies always stream.", "true"),
        new UnsupportedKey("maxRequestKB", "Bodies have no size limit, they stream."),
        new UnsupportedKey("maxResponseKB", "Bodies have no size limit, they stream."),
        new UnsupportedKey("maxChunkKB", "Chunks have no size limit, they stream."),
        new InertKey("streamAfterContentLengthKB", "Size from which Linkerd streams bodies.", "every body streams"),
        new InertKey("maxErrResponseKB", "Size of Linkerd's own error responses.", "Mesh's own errors are a few lines"),
        new InertKey("compressionLevel", "Compression of responses by Linkerd.", "Mesh passes bodies as they come"),
    ];

    /// <summary>A router for HTTP, whatever else its servers take.</summary>
    /// <param name="view">Of its mapping.</param>
    /// <param name="protocol">Its label where none is written.</param>
    /// <param name="servers">As they are written; those without a port get the usual one.</param>
    public static RouterConfig Build(SectionView view, string protocol, ImmutableArray<ServerConfig> servers) =>
        Bare(view, protocol, view.Get(Client), servers) with
        {
            Identifiers = view.Get(Identifier),
            Limits = new HttpLimitsConfig(view.Get(MaxHeadersKB), view.Get(MaxInitialLineKB), view.Get(MaxHeaderFields)),
            Service = view.Get(Service),
            AccessLog = AccessLogKeys.Build(view),
            Speaks = IsHttp2(view) ? ClientProtocol.Http2 : ClientProtocol.Http1,
            Policies = view.Get(RoutePolicyKeys.Policies),
        };

    /// <summary>What routers of all protocols have.</summary>
    public static RouterConfig Bare(
        SectionView view, string protocol, PolicyConfig<ClientConfig> client, ImmutableArray<ServerConfig> servers) => new(
            view.Get(Label) ?? protocol,
            view.Get(DstPrefix)!,
            view.Get(Dtab),
            [],
            view.Get(BindingTimeoutMs),
            view.Get(BindingCache),
            HttpLimitsConfig.Default,
            client,
            new PolicyConfig<ServiceConfig>(ServiceConfig.Default, []),
            view.Get(Interpreter),
            view.Get(Originator),
            null,
            [.. servers.Select(server => Told(server, view))]);

    /// <summary>What a server does not say by itself its router says.</summary>
    private static ServerConfig Told(ServerConfig server, SectionView router) => server with
    {
        Port = server.Port == ServerConfig.UnsaidPort ? PortOf(router) : server.Port,
        H2cUpgrade = server.H2cUpgrade ?? (IsHttp2(router) && !server.Upgrades.Contains("h2c")),
    };

    /// <summary>The port of its servers where none is written.</summary>
    public static int PortOf(SectionView router) => IsHttp2(router) ? ServerConfig.DefaultHttp2Port : ServerConfig.DefaultPort;

    private static bool IsHttp2(SectionView router) => (router.Mapping?.Find("protocol") as YamlScalar)?.Text == Http2;

    /// <summary>What no single key of a router for HTTP can tell.</summary>
    public static void CheckTogether(SectionView view, CheckContext context)
    {
        AccessLogKeys.Check(view, context);
        int line = view.Get(MaxInitialLineKB), head = view.Get(MaxHeadersKB);
        if (line <= head) return;
        Key written = view.Find(MaxInitialLineKB) is null ? MaxHeadersKB : MaxInitialLineKB;
        context.Faults.Fault(view.At(written),
            $"`maxInitialLineKB` ({line}) is more than `maxHeadersKB` ({head}), which it counts against; lower one or raise the other");
    }
}

/// <summary>The keys of <c>bindingCache</c>.</summary>
internal static class BindingCacheKeys
{
    /// <summary>Most entries that can be asked for, of each.</summary>
    private const int MaxEntries = 1_000_000;

    public static readonly IntKey Paths = Entries("paths", "Entries by service name.");
    public static readonly IntKey Clients = Entries("clients", "Entries by destination.");

    public static readonly IntKey IdleTtlSecs = new(
        "idleTtlSecs", BindingCacheConfig.DefaultIdleTtlSecs, 1, 86_400, "s", "Entries that nobody asks for go after this long.");

    public static readonly Section<BindingCacheConfig> Section = new(
        "`bindingCache`",
        "How many bindings a router keeps. Entries in use are never evicted; what does not fit serves its request alone.",
        [
            Paths, Clients, IdleTtlSecs,
            new InertKey("trees", "Entries by bound tree.", "trees are part of the entries that `paths` bounds"),
            new InertKey("bounds", "Entries by destination and residual path.", "they are part of the entries that `clients` bounds"),
        ],
        static view => new BindingCacheConfig(view.Get(Paths), view.Get(Clients), view.Get(IdleTtlSecs)));

    private static IntKey Entries(string name, string doc) => new(name, BindingCacheConfig.DefaultEntries, 1, MaxEntries, "entries", doc);
}
