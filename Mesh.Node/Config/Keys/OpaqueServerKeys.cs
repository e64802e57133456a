using System.Collections.Immutable;
using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of a server that takes connections whose bytes nobody reads, alone or beside HTTP.</summary>
internal static class OpaqueServerKeys
{
    public static readonly IntKey IdleTimeoutMs = new(
        "idleTimeoutMs", OpaqueServerConfig.DefaultIdleTimeoutMs, 1, int.MaxValue, "ms",
        "A connection whose bytes nobody reads closes after so long without a byte either way.");

    public static readonly SectionKey<DetectConfig> Detect = new(
        "detect", DetectKeys.Section, "How it is told what a connection speaks.");

    public static ImmutableArray<Key> All { get; } = [IdleTimeoutMs, Detect];

    public static OpaqueServerConfig Build(SectionView view)
    {
        DetectConfig detect = view.Get(Detect);
        return new OpaqueServerConfig(view.Get(IdleTimeoutMs), detect.TimeoutMs, detect.OpaquePorts);
    }
}

/// <summary>What <c>detect</c> says.</summary>
internal sealed record DetectConfig(int TimeoutMs, Actors.EquatableList<int> OpaquePorts);

/// <summary>The keys of <c>detect</c>.</summary>
internal static class DetectKeys
{
    /// <summary>Most ports that can be listed.</summary>
    private const int MostPorts = 256;

    public static readonly IntKey TimeoutMs = new(
        "timeoutMs", OpaqueServerConfig.DefaultDetectTimeoutMs, 1, 10_000, "ms",
        "A client that has said nothing for so long is taken to wait for its server to speak first, and its bytes are not read.");

    public static readonly ListKey<int> OpaquePorts = new(
        "opaquePorts", new IntKey("opaquePorts", 0, 1, SharedKeys.MaxPort, "", "A port."), OpaqueServerConfig.DefaultOpaquePorts.Items,
        "Ports whose connections are passed on at once, unread: those whose servers speak first, or that speak neither HTTP nor TLS. Of a connection "
        + "that was redirected here, or that a load balancer's header tells of, the port that it was going to; else the server's own.")
    { Most = MostPorts, Absent = $"[{string.Join(", ", OpaqueServerConfig.DefaultOpaquePorts.Items)}]" };

    public static readonly Section<DetectConfig> Section = new(
        "`detect`",
        "How it is told what a connection speaks: by its first bytes, which are waited for as long as a client needs that speaks first.",
        [TimeoutMs, OpaquePorts],
        static view => new DetectConfig(view.Get(TimeoutMs), [.. view.Get(OpaquePorts).Distinct()]));
}
