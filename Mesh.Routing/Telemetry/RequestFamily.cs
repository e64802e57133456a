namespace Mesh.Routing.Telemetry;

/// <summary>The five names under which one viewpoint (server, service, destination) tells the same story.</summary>
internal sealed record RequestFamily(string Viewpoint, string Requests, string Success, string Failures, string Responses, string Duration)
{
    public static readonly RequestFamily Server = new(
        "by the server that took them in",
        RoutingMetricNames.ServerRequests,
        RoutingMetricNames.ServerSuccess,
        RoutingMetricNames.ServerFailures,
        RoutingMetricNames.ServerResponses,
        RoutingMetricNames.ServerDuration);

    public static readonly RequestFamily Service = new(
        "by the service name that they asked for",
        RoutingMetricNames.ServiceRequests,
        RoutingMetricNames.ServiceSuccess,
        RoutingMetricNames.ServiceFailures,
        RoutingMetricNames.ServiceResponses,
        RoutingMetricNames.ServiceDuration);

    public static readonly RequestFamily Destination = new(
        "by the destination that they were sent to, each attempt for itself",
        RoutingMetricNames.DestinationRequests,
        RoutingMetricNames.DestinationSuccess,
        RoutingMetricNames.DestinationFailures,
        RoutingMetricNames.DestinationResponses,
        RoutingMetricNames.DestinationDuration);
}
