namespace Mesh.Wire.Pools;

/// <summary>How many connections one address may have.</summary>
/// <param name="MaxConnections">Open connections, idle and busy, of all loops. Linkerd's hostConnectionPool.maxSize (there unlimited).</param>
/// <param name="MaxWaiters">Requests that wait for a connection when all are busy; one more is refused at once. Linkerd's maxWaiters.</param>
/// <param name="MinConnections">Open connections that an idle time does not close. Linkerd's minSize; none is opened ahead of need.</param>
/// <param name="MaxIdlePerLoop">Idle connections that each loop keeps; one more closes.</param>
public sealed record PoolLimits(int MaxConnections = 8192, int MaxWaiters = 8192, int MinConnections = 0, int MaxIdlePerLoop = 1024)
{
    public static readonly PoolLimits Default = new();
}
