using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of <c>client</c>, kind <c>io.l5d.global</c>.</summary>
internal static class ClientKeys
{
    public static readonly KindKey<LoadBalancerConfig> LoadBalancer = new("loadBalancer", BalancerKinds.Table, "How an endpoint is picked.");

    public static readonly KindKey<FailureAccrualConfig?> FailureAccrual = new(
        "failureAccrual", AccrualKinds.Table, "When an endpoint is taken out.");

    public static readonly IntKey ConnectTimeoutMs = new(
        "connectTimeoutMs", ClientConfig.DefaultConnectTimeoutMs, 1, SharedKeys.MaxMs, "ms", 
        "Longest wait for a connection: for one of a full pool to come free, and again for a new one to be opened; Mesh's own key.");

    public static readonly OptionalIntKey RequestAttemptTimeoutMs = new(
        "requestAttemptTimeoutMs", "300000", 1, SharedKeys.MaxMs, "ms", "Longest wait for the response head of one attempt.");

    public static readonly SectionKey<ConnectionPoolConfig> HostConnectionPool = new(
        "hostConnectionPool", PoolKeys.Section, "The connections to one endpoint.");

    public static readonly Section<ClientConfig> Section = new(
        "`client`",
        "How destinations are called.",
        [
            LoadBalancer, FailureAccrual, ConnectTimeoutMs, RequestAttemptTimeoutMs, HostConnectionPool,
            new UnsupportedKey("failFast", "Endpoints marked down by one refused connection.", "false"),
            new UnsupportedKey("requeueBudget", "A budget for requests sent again after a connection failed."),
            new UnsupportedKey("clientSession", "How long a connection to an endpoint may live."),
            new UnsupportedKey("socketOptions", "Options of sockets to endpoints."),
            new UnsupportedKey("tls", "TLS to endpoints."),
            new UnsupportedKey("forwardClientCert", "The `x-forwarded-client-cert` header.", "false"),
            new UnsupportedKey("requestAuthorizers", "Who may call what.", "[]"),
        ],
        static view => new ClientConfig(
            view.Get(LoadBalancer),
            view.Get(FailureAccrual),
            view.Get(ConnectTimeoutMs),
            view.Get(RequestAttemptTimeoutMs),
            view.Get(HostConnectionPool)));
}

/// <summary>The keys of <c>hostConnectionPool</c>.</summary>
internal static class PoolKeys
{
    public static readonly IntKey MinSize = new(
        "minSize", ConnectionPoolConfig.DefaultMinSize, 0, int.MaxValue, "connections", "Not closed for being idle; none is opened ahead of need.");

    public static readonly IntKey MaxSize = new(
        "maxSize", ConnectionPoolConfig.DefaultMaxSize, 1, int.MaxValue, "connections", "Open at once to one endpoint.");

    public static readonly IntKey IdleTimeMs = new(
        "idleTimeMs", ConnectionPoolConfig.DefaultIdleTimeMs, 1, int.MaxValue, "ms", "An idle connection above `minSize` closes after this long.");

    public static readonly IntKey MaxWaiters = new(
        "maxWaiters", ConnectionPoolConfig.DefaultMaxWaiters, 0, int.MaxValue, "requests",
        "Requests that wait for a connection; the next is refused.");

    public static readonly Section<ConnectionPoolConfig> Section = new(
        "`hostConnectionPool`",
        "The connections to one endpoint.",
        [MinSize, MaxSize, IdleTimeMs, MaxWaiters],
        static view => new ConnectionPoolConfig(view.Get(MinSize), view.Get(MaxSize), view.Get(IdleTimeMs), view.Get(MaxWaiters)))
    { Rules = CheckSizes };

    private static void CheckSizes(SectionView view, CheckContext context)
    {
        int least = view.Get(MinSize), most = view.Get(MaxSize);
        if (least > most) context.Faults.Fault(view.At(MinSize), $"`minSize` ({least}) is more than `maxSize` ({most}); lower it or raise that");
    }
}
