using System.Net;
using Mesh.Actors.Tables;
using Mesh.Discovery.Names;

namespace Mesh.Discovery.Services;

/// <summary>How this node reaches an instance: the one place that chooses.</summary>
/// <remarks>
/// An instance of its own it dials directly. Another node's it reaches at that node's inbound side, which must be told who is meant; where there
/// is none, directly, unless the app listens for its own machine only.
/// </remarks>
internal static class InstanceDialing
{
    /// <summary>The address; null where there is no way from here.</summary>
    /// <param name="row">Of whom.</param>
    /// <param name="self">The uid of this process.</param>
    public static WeightedAddress? AddressOf(RowView<ServiceInstance> row, ulong self)
    {
        string? doubt = DoubtOf(row);
        if (row.Owner == self) return AppOf(row.Value, doubt: null) with { Ways = new InstanceWays(row.Value, row.Key, doubt) };
        if (InboundOf(row.Value, row.Key, doubt) is { } node) return node with { Ways = new InstanceWays(row.Value, row.Key, doubt) };
        return IPAddress.IsLoopback(row.Value.App.Address) ? null : AppOf(row.Value, doubt);
    }

    /// <summary>Why there is no way from here, for an operator.</summary>
    public static string Obstacle(ServiceInstance instance) =>
        $"{instance.Key} listens on {instance.App} of node {instance.Node}, which has no inbound side: only that node reaches it";

    private static WeightedAddress AppOf(ServiceInstance instance, string? doubt) =>
        new(instance.App, instance.Weight) { Protocol = instance.AppProtocol, Doubt = doubt };

    /// <summary>Null: its node has no inbound side.</summary>
    private static WeightedAddress? InboundOf(ServiceInstance instance, string key, string? doubt) => instance.Inbound is { } inbound
        ? new WeightedAddress(inbound, instance.Weight)
        {
            Instance = key,
            Host = instance.InboundHost,
            Protocol = instance.InboundHttp2 ? AddressProtocol.Http2 : AddressProtocol.Http1,
            Doubt = doubt,
        }
        : null;

    private static string? DoubtOf(RowView<ServiceInstance> row) => row.State switch
    {
        OwnerState.Unreachable => $"node {row.Value.Node} cannot be reached",
        OwnerState.LastKnown => $"last known before this node started; node {row.Value.Node} has not confirmed it",
        _ => null,
    };

    private sealed record InstanceWays(ServiceInstance Instance, string Key, string? Doubt) : OtherWays
    {
        public override WeightedAddress? Node => InboundOf(Instance, Key, Doubt) ?? Anyone;

        public override WeightedAddress? Anyone => IPAddress.IsLoopback(Instance.App.Address) ? null : AppOf(Instance, Doubt);
    }
}
