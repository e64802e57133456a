namespace Mesh.Node.Proxy.Injection;

/// <summary>A rule that makes requests fail on purpose.</summary>
internal interface IDrill
{
    /// <summary>What the client of a request that it aborts is told: whose doing it is, and how it ends.</summary>
    string Explain(int status, string service);
}
