namespace Mesh.Routing.Telemetry;

/// <summary>Every series name and label name of the request path; docs/METRICS.md says what each means.</summary>
public static class RoutingMetricNames
{
    public const string ServerRequests = "mesh_server_requests_total";
    public const string ServerSuccess = "mesh_server_success_total";
    public const string ServerFailures = "mesh_server_failures_total";
    public const string ServerResponses = "mesh_server_responses_total";
    public const string ServerDuration = "mesh_server_request_duration_seconds";
    public const string ServerCodes = "mesh_server_response_codes_total";
    public const string ServerFaults = "mesh_server_faults_total";
    public const string ServerUnanswered = "mesh_server_unanswered_total";
    public const string ServerPending = "mesh_server_pending_requests";
    public const string ServerConnections = "mesh_server_connections";
    public const string ServerAccepted = "mesh_server_accepted_connections_total";
    public const string ServerRejections = "mesh_server_rejections_total";

    public const string ServiceRequests = "mesh_service_requests_total";
    public const string ServiceSuccess = "mesh_service_success_total";
    public const string ServiceFailures = "mesh_service_failures_total";
    public const string ServiceResponses = "mesh_service_responses_total";
    public const string ServiceDuration = "mesh_service_request_duration_seconds";
    public const string ServiceCodes = "mesh_service_response_codes_total";
    public const string ServiceFaults = "mesh_service_faults_total";
    public const string ServiceUnanswered = "mesh_service_unanswered_total";
    public const string ServicePending = "mesh_service_pending_requests";

    public const string DestinationRequests = "mesh_destination_requests_total";
    public const string DestinationSuccess = "mesh_destination_success_total";
    public const string DestinationFailures = "mesh_destination_failures_total";
    public const string DestinationResponses = "mesh_destination_responses_total";
    public const string DestinationDuration = "mesh_destination_request_duration_seconds";
    public const string DestinationCodes = "mesh_destination_response_codes_total";
    public const string DestinationFaults = "mesh_destination_faults_total";
    public const string DestinationUnanswered = "mesh_destination_unanswered_total";
    public const string DestinationPending = "mesh_destination_pending_requests";

    public const string PairRequests = "mesh_destination_service_requests_total";
    public const string PairSuccess = "mesh_destination_service_success_total";
    public const string PairFailures = "mesh_destination_service_failures_total";
    public const string PairDuration = "mesh_destination_service_request_duration_seconds";

    public const string ServerStreamRequestBytes = "mesh_server_stream_request_bytes";
    public const string ServerStreamResponseBytes = "mesh_server_stream_response_bytes";
    public const string ServerStreamRequestDuration = "mesh_server_stream_request_duration_seconds";
    public const string ServerStreamResponseDuration = "mesh_server_stream_response_duration_seconds";
    public const string ServerStreamDuration = "mesh_server_stream_duration_seconds";

    public const string ServiceStreamRequestBytes = "mesh_service_stream_request_bytes";
    public const string ServiceStreamResponseBytes = "mesh_service_stream_response_bytes";
    public const string ServiceStreamRequestDuration = "mesh_service_stream_request_duration_seconds";
    public const string ServiceStreamResponseDuration = "mesh_service_stream_response_duration_seconds";
    public const string ServiceStreamDuration = "mesh_service_stream_duration_seconds";

    public const string DestinationStreamRequestBytes = "mesh_destination_stream_request_bytes";
    public const string DestinationStreamResponseBytes = "mesh_destination_stream_response_bytes";
    public const string DestinationStreamRequestDuration = "mesh_destination_stream_request_duration_seconds";
    public const string DestinationStreamResponseDuration = "mesh_destination_stream_response_duration_seconds";
    public const string DestinationStreamDuration = "mesh_destination_stream_duration_seconds";

    public const string PairStreamDuration = "mesh_destination_service_stream_duration_seconds";
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

    /// <summary>An exact status, <c>404</c>.</summary>
    public const string Code = "code";

    /// <summary>How far a failed exchange had come, <c>connect</c>.</summary>
    public const string Stage = "stage";

    /// <summary>What went wrong, <c>timed_out</c>.</summary>
    public const string Cause = "cause";

    /// <summary>How a stream, or a body on it, ended: <c>whole</c> or <c>reset</c>.</summary>
    public const string End = "end";
}
