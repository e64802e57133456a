namespace Mesh.Discovery.Dns;

/// <summary>The seam to DNS.</summary>
public interface IDnsResolver
{
    /// <summary>Asks once. Any thread; failures are states, only cancellation throws.</summary>
    Task<HostState> ResolveAsync(string host, CancellationToken cancellation);
}
