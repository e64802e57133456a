namespace Mesh.Routing.Telemetry;

/// <summary>The names under which one viewpoint tells of streams, and who looks, in words.</summary>
/// <param name="Viewpoint">By what they are told apart.</param>
/// <param name="Duration">Of the whole stream.</param>
/// <param name="Bodies">Of each way; null: not told from here.</param>
public sealed record StreamFamily(string Viewpoint, string Duration, BodyFamily? Bodies)
{
    public static readonly StreamFamily Server = new(
        "by the server that took them in",
        RoutingMetricNames.ServerStreamDuration,
        new BodyFamily(
            RoutingMetricNames.ServerStreamRequestBytes,
            RoutingMetricNames.ServerStreamResponseBytes,
            RoutingMetricNames.ServerStreamRequestDuration,
            RoutingMetricNames.ServerStreamResponseDuration));

    public static readonly StreamFamily Service = new(
        "by the service name that they asked for",
        RoutingMetricNames.ServiceStreamDuration,
        new BodyFamily(
            RoutingMetricNames.ServiceStreamRequestBytes,
            RoutingMetricNames.ServiceStreamResponseBytes,
            RoutingMetricNames.ServiceStreamRequestDuration,
            RoutingMetricNames.ServiceStreamResponseDuration));

    public static readonly StreamFamily Destination = new(
        "by the destination that they were sent to, each attempt for itself",
        RoutingMetricNames.DestinationStreamDuration,
        new BodyFamily(
            RoutingMetricNames.DestinationStreamRequestBytes,
            RoutingMetricNames.DestinationStreamResponseBytes,
            RoutingMetricNames.DestinationStreamRequestDuration,
            RoutingMetricNames.DestinationStreamResponseDuration));

    /// <summary>Without bodies: service and destination each have them, and most pairs are one of each.</summary>
    public static readonly StreamFamily Pair = new("by destination and service name", RoutingMetricNames.PairStreamDuration, Bodies: null);
}

/// <summary>The names of the series of each way.</summary>
public sealed record BodyFamily(string RequestBytes, string ResponseBytes, string RequestDuration, string ResponseDuration);
