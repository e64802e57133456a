namespace Mesh.Routing.Bindings;

/// <summary>Limits of one router's bindings (Linkerd's <c>bindingCache</c>).</summary>
public sealed record BindingCacheOptions
{
    /// <summary>
    /// Most names that namers are asked for by rules that a request brought: a client could have as many as its text has room for, and each
    /// may be a host that DNS is asked for, or a destination with its balancer, its pool and its series.
    /// </summary>
    public const int MaxNamesOfOverrides = 64;

    /// <summary>
    /// Names kept (<c>paths</c>); names that bind to nothing count too. Of names with overrides at most half as many are kept, and no more
    /// than ask namers for half as many names.
    /// </summary>
    public int Capacity { get; init; } = 1_000;

    /// <summary>A binding unused for this long is dropped (<c>idleTtlSecs</c>); checked every tenth of it.</summary>
    public TimeSpan IdleTtl { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>Longest key kept, bytes: a request with a longer one is served one-shot, so that keys cost at most 2 MiB a router.</summary>
    public int MaxKeyBytes { get; init; } = 2_048;
}
