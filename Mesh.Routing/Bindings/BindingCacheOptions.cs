namespace Mesh.Routing.Bindings;

/// <summary>Limits of one router's bindings (Linkerd's <c>bindingCache</c>).</summary>
public sealed record BindingCacheOptions
{
    /// <summary>Names kept (<c>paths</c>); names that bind to nothing count too, and of names with overrides at most half are kept.</summary>
    public int Capacity { get; init; } = 1_000;

    /// <summary>A binding unused for this long is dropped (<c>idleTtlSecs</c>); checked every tenth of it.</summary>
    public TimeSpan IdleTtl { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>Longest key kept, bytes: a request with a longer one is served one-shot, so that keys cost at most 2 MiB a router.</summary>
    public int MaxKeyBytes { get; init; } = 2_048;
}
