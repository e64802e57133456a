namespace Mesh.Routing.Telemetry;

/// <summary>The names under which one viewpoint (server, service, destination) tells the same story.</summary>
internal sealed record RequestFamily(
    string Viewpoint, string Requests, string Success, string Failures, string Responses, string Duration, string Codes, string Faults,
    string Unanswered, string Pending)
{
    public static readonly RequestFamily Server = new(
        "by the server that took them in",
        RoutingMetricNames.ServerRequests,
        RoutingMetricNames.ServerSuccess,
        RoutingMetricNames.ServerFailures,
        RoutingMetricNames.ServerResponses,
        RoutingMetricNames.ServerDuration,
        RoutingMetricNames.ServerCodes,
        RoutingMetricNames.ServerFaults,
        RoutingMetricNames.ServerUnanswered,
        RoutingMetricNames.ServerPending);

    public static readonly RequestFamily Service = new(
        "by the service name that they asked for",
        RoutingMetricNames.ServiceRequests,
        RoutingMetricNames.ServiceSuccess,
        RoutingMetricNames.ServiceFailures,
        RoutingMetricNames.ServiceResponses,
        RoutingMetricNames.ServiceDuration,
        RoutingMetricNames.ServiceCodes,
        RoutingMetricNames.ServiceFaults,
        RoutingMetricNames.ServiceUnanswered,
        RoutingMetricNames.ServicePending);

    public static readonly RequestFamily Destination = new(
        "by the destination that they were sent to, each attempt for itself",
        RoutingMetricNames.DestinationRequests,
        RoutingMetricNames.DestinationSuccess,
        RoutingMetricNames.DestinationFailures,
        RoutingMetricNames.DestinationResponses,
        RoutingMetricNames.DestinationDuration,
        RoutingMetricNames.DestinationCodes,
        RoutingMetricNames.DestinationFaults,
        RoutingMetricNames.DestinationUnanswered,
        RoutingMetricNames.DestinationPending);
}
