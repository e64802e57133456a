namespace Mesh.Routing.Telemetry;

/// <summary>Every series name and label name of the request path; docs/METRICS.md says what each means.</summary>
public static class RoutingMetricNames
{
    public const string ServerRequests = "mesh_server_requests_total";
    public const string ServerSuccess = "mesh_server_success_total";
    public const string ServerFailures = "mesh_server_failures_total";
    public const string ServerResponses = "mesh_server_responses_total";
    public const string ServerDuration = "mesh_server_request_duration_seconds";
    public const string ServerConnections = "mesh_server_connections";
    public const string ServerAccepted = "mesh_server_accepted_connections_total";
    public const string ServerRejections = "mesh_server_rejections_total";

    public const string ServiceRequests = "mesh_service_requests_total";
    public const string ServiceSuccess = "mesh_service_success_total";
    public const string ServiceFailures = "mesh_service_failures_total";
    public const string ServiceResponses = "mesh_service_responses_total";
    public const string ServiceDuration = "mesh_service_request_duration_seconds";

    public const string DestinationRequests = "mesh_destination_requests_total";
    public const string DestinationSuccess = "mesh_destination_success_total";
    public const string DestinationFailures = "mesh_destination_failures_total";
    public const string DestinationResponses = "mesh_destination_responses_total";
    public const string DestinationDuration = "mesh_destination_request_duration_seconds";
}

/// <summary>The label names of the request path.</summary>
public static class RoutingMetricLabels
{
    public const string Router = "router";
    public const string Server = "server";
    public const string Service = "service";
    public const string Destination = "destination";
    public const string Status = "status";
    public const string Reason = "reason";
}
