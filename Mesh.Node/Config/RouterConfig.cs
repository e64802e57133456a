using System.Collections.Immutable;

namespace Mesh.Node.Config;

/// <summary>One router: its listeners, how requests get names, how names become destinations, and how those are called.</summary>
/// <param name="Label">Its name in metrics and messages; unique.</param>
/// <param name="DstPrefix">Goes before each identified name, such as <c>/svc</c>.</param>
/// <param name="Dtab">The base delegation table as text that was checked; empty for none.</param>
/// <param name="Identifiers">Of requests of HTTP; the first that identifies one wins. None where no HTTP is taken.</param>
/// <param name="BindingTimeoutMs">How long a request waits for its name's first binding, milliseconds.</param>
/// <param name="BindingCache">How many bindings are kept.</param>
/// <param name="Limits">What a head may cost.</param>
/// <param name="Client">How destinations are called, by prefix of their name.</param>
/// <param name="Service">How service names are treated, by prefix.</param>
/// <param name="Interpreter">Who binds names.</param>
/// <param name="Originator">Marks the router as the first of a chain, for metrics.</param>
/// <param name="AccessLog">The log of requests; null for none.</param>
/// <param name="Servers">At least one.</param>
internal sealed record RouterConfig(
    string Label,
    string DstPrefix,
    string Dtab,
    ImmutableArray<IdentifierConfig> Identifiers,
    int BindingTimeoutMs,
    BindingCacheConfig BindingCache,
    HttpLimitsConfig Limits,
    PolicyConfig<ClientConfig> Client,
    PolicyConfig<ServiceConfig> Service,
    InterpreterConfig Interpreter,
    bool Originator,
    AccessLogConfig? AccessLog,
    ImmutableArray<ServerConfig> Servers)
{
    /// <summary>What is done with requests on their way, before what the namespace says.</summary>
    public ImmutableArray<RoutePolicyConfig> Policies { get; init; } = [];

    /// <summary>What is spoken to endpoints where <c>client</c> does not say it: of a router <c>h2</c> HTTP/2.</summary>
    public ClientProtocol Speaks { get; init; }

    /// <summary>What its servers take.</summary>
    public RouterTakes Takes { get; init; }

    /// <summary>Of connections whose bytes nobody reads; the first that identifies one wins. None where none are taken.</summary>
    public ImmutableArray<ConnectionIdentifierConfig> ConnectionIdentifiers { get; init; } = [];

    public const string DefaultLabel = "http";
    public const string DefaultDstPrefix = "/svc";

    /// <summary>Linkerd's, milliseconds.</summary>
    public const int DefaultBindingTimeoutMs = 10_000;

    public TimeSpan BindingTimeout => TimeSpan.FromMilliseconds(BindingTimeoutMs);
}

/// <summary>What a router's servers take.</summary>
internal enum RouterTakes : byte
{
    /// <summary>HTTP/1.x and HTTP/2; all else is refused.</summary>
    Http = 0,

    /// <summary>Connections whose bytes nobody reads.</summary>
    Opaque,

    /// <summary>Either, as the first bytes of each connection tell.</summary>
    Either,
}

/// <summary>How many bindings a router keeps; entries in use are never evicted, and what does not fit serves its request alone.</summary>
/// <param name="Paths">Entries by (service name, request's own dtab).</param>
/// <param name="Clients">Destinations.</param>
/// <param name="IdleTtlSecs">Entries that nobody asks for go after this long, seconds.</param>
internal sealed record BindingCacheConfig(int Paths, int Clients, int IdleTtlSecs)
{
    /// <summary>Linkerd's, entries, for each.</summary>
    public const int DefaultEntries = 1000;

    /// <summary>Linkerd's, seconds.</summary>
    public const int DefaultIdleTtlSecs = 600;

    public TimeSpan IdleTtl => TimeSpan.FromSeconds(IdleTtlSecs);
}

/// <summary>What a request's (and a response's) head may cost.</summary>
/// <param name="MaxHeadersKB">Start line and fields together, KiB.</param>
/// <param name="MaxInitialLineKB">Start line alone, KiB.</param>
/// <param name="MaxHeaderFields">Fields.</param>
internal sealed record HttpLimitsConfig(int MaxHeadersKB, int MaxInitialLineKB, int MaxHeaderFields)
{
    /// <summary>KiB. Linkerd has 8, which cookies and tokens outgrew.</summary>
    public const int DefaultMaxHeadersKB = 64;

    /// <summary>KiB. Linkerd has 4.</summary>
    public const int DefaultMaxInitialLineKB = 16;

    public const int DefaultMaxHeaderFields = 200;

    public static HttpLimitsConfig Default { get; } = new(DefaultMaxHeadersKB, DefaultMaxInitialLineKB, DefaultMaxHeaderFields);

    public int MaxHeadersBytes => MaxHeadersKB * 1024;

    public int MaxInitialLineBytes => MaxInitialLineKB * 1024;
}
