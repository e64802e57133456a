namespace Mesh.Node.Config;

/// <summary>How a connection whose bytes nobody reads gets its name.</summary>
internal abstract record ConnectionIdentifierConfig;

/// <summary>The host that a TLS ClientHello asks for (<c>io.mesh.sni</c>).</summary>
internal sealed record SniIdentifierConfig : ConnectionIdentifierConfig
{
    public const string KindName = "io.mesh.sni";
}

/// <summary>Where the connection was going before it was led here (<c>io.mesh.originalDst</c>).</summary>
internal sealed record OriginalDstIdentifierConfig : ConnectionIdentifierConfig
{
    public const string KindName = "io.mesh.originalDst";
}

/// <summary>The port that the connection came to (<c>io.mesh.port</c>).</summary>
internal sealed record PortIdentifierConfig : ConnectionIdentifierConfig
{
    public const string KindName = "io.mesh.port";
}

/// <summary>One name for every connection (<c>io.l5d.static</c>).</summary>
/// <param name="Path">Behind the router's <c>dstPrefix</c>, without a leading slash.</param>
internal sealed record StaticConnectionConfig(string Path) : ConnectionIdentifierConfig;
