namespace Mesh.Node.Telemetry.Linkerd;

/// <summary>What a metric of the tree is, and so how it is written.</summary>
internal enum LinkerdKind
{
    /// <summary>A whole number that only grows.</summary>
    Counter,

    /// <summary>Goes up and down; written with a fraction, <c>1.0</c>.</summary>
    Gauge,

    /// <summary>A distribution, in milliseconds.</summary>
    Stat,
}
