namespace Mesh.Actors.Persistence;

/// <summary>Bounds of a node's persistent actors.</summary>
public sealed record PersistenceSettings
{
    /// <summary>Actors that recover at the same time. A node that takes over many shards must not drown its store.</summary>
    public const int DefaultMaxConcurrentRecoveries = 50;

    /// <summary>Appends under way at the same time, each a commit of many actors' events.</summary>
    public const int DefaultMaxConcurrentAppends = 2;

    /// <summary>Writes of actors that wait for a commit; beyond it a write fails at once. An actor has one at a time.</summary>
    public const int DefaultMaxWaitingWrites = 5000;

    /// <summary>Events asked for at once while an actor recovers.</summary>
    public const int DefaultRecoveryPage = 500;

    /// <summary>Longest silence of the store while an actor recovers, Akka's.</summary>
    public static readonly TimeSpan DefaultRecoveryEventTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Between two tries to learn what became of a write whose answer was lost; doubles up to <see cref="DefaultResolveMaxBackoff"/>.
    /// </summary>
    public static readonly TimeSpan DefaultResolveBackoff = TimeSpan.FromMilliseconds(100);

    public static readonly TimeSpan DefaultResolveMaxBackoff = TimeSpan.FromSeconds(2);

    /// <summary>How long that is tried before the actor is stopped and recovers what there is.</summary>
    public static readonly TimeSpan DefaultResolveTimeout = TimeSpan.FromSeconds(30);

    public int MaxConcurrentRecoveries { get; init; } = DefaultMaxConcurrentRecoveries;

    public int MaxConcurrentAppends { get; init; } = DefaultMaxConcurrentAppends;

    public int MaxWaitingWrites { get; init; } = DefaultMaxWaitingWrites;

    public int RecoveryPage { get; init; } = DefaultRecoveryPage;

    public TimeSpan RecoveryEventTimeout { get; init; } = DefaultRecoveryEventTimeout;

    public TimeSpan ResolveBackoff { get; init; } = DefaultResolveBackoff;

    public TimeSpan ResolveMaxBackoff { get; init; } = DefaultResolveMaxBackoff;

    public TimeSpan ResolveTimeout { get; init; } = DefaultResolveTimeout;
}
