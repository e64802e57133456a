namespace Mesh.Routing.Telemetry;

/// <summary>The names under which one viewpoint (server, service, destination) tells the same story, and what they mean in words.</summary>
internal sealed record RequestFamily(
    string Viewpoint, string Requests, string Success, string Failures, string Responses, string Duration, string Codes, string Faults,
    string Unanswered, string Pending, StreamFamily Streams)
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
        RoutingMetricNames.ServerPending,
        StreamFamily.Server);

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
        RoutingMetricNames.ServicePending,
        StreamFamily.Service) { ShowsAllClasses = false };

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
        RoutingMetricNames.DestinationPending,
        StreamFamily.Destination);

    /// <summary>
    /// Whether each status class is shown before its first response: dashboards divide by them. Services come by the thousand, and names that
    /// were asked for once have one class.
    /// </summary>
    public bool ShowsAllClasses { get; init; } = true;

    public string RequestsHelp { get; } = $"Requests completed, {Viewpoint}.";

    public string SuccessHelp { get; } = $"Requests that succeeded, {Viewpoint}.";

    public string FailuresHelp { get; } = $"Requests that failed, {Viewpoint}.";

    public string ResponsesHelp { get; } = $"Responses by status class, {Viewpoint}.";

    public string DurationHelp { get; } = $"Time from the first byte of a request to the last of its response, {Viewpoint}.";

    public string CodesHelp { get; } = $"Responses by exact status, {Viewpoint}.";

    public string FaultsHelp { get; } = $"Failures by stage and cause, {Viewpoint}.";

    public string UnansweredHelp { get; } = $"Requests that ended without a response, {Viewpoint}.";

    public string PendingHelp { get; } = $"Requests under way, {Viewpoint}.";
}
