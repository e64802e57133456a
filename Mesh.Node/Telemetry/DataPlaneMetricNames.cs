namespace Mesh.Node.Telemetry;

/// <summary>Every series name of what carries the requests; docs/METRICS.md says what each means.</summary>
internal static class DataPlaneMetricNames
{
    public const string LoopTurns = "mesh_loop_turns_total";
    public const string LoopBusy = "mesh_loop_busy_seconds_total";
    public const string LoopLag = "mesh_loop_lag_seconds";
    public const string LoopTurnDuration = "mesh_loop_turn_duration_seconds";

    public const string BuffersHeld = "mesh_buffers_held_bytes";
    public const string BuffersLimit = "mesh_buffers_limit_bytes";
    public const string BufferShortages = "mesh_buffers_shortages_total";
    public const string BufferRefusals = "mesh_buffers_refusals_total";

    public const string ActorDeadLetters = "mesh_actor_dead_letters_total";
    public const string ActorUnhandled = "mesh_actor_unhandled_messages_total";

    public const string Bindings = "mesh_router_bindings";
    public const string NamerdWatches = "mesh_router_namerd_watches";
    public const string NamerdAway = "mesh_router_namerd_away_seconds";
    public const string BindingEvictions = "mesh_router_binding_evictions_total";
    public const string OneShotBindings = "mesh_router_one_shot_bindings_total";

    public const string BindingMisses = "mesh_router_binding_misses_total";
    public const string BindingExpiries = "mesh_router_binding_expiries_total";
    public const string DestinationMisses = "mesh_router_destination_misses_total";
    public const string DestinationEvictions = "mesh_router_destination_evictions_total";
    public const string DestinationExpiries = "mesh_router_destination_expiries_total";
    public const string OneShotDestinations = "mesh_router_one_shot_destinations_total";
    public const string Originator = "mesh_router_originator";

    public const string ServerCancelled = "mesh_server_cancelled_total";
    public const string ServerReceived = "mesh_server_received_bytes_total";
    public const string ServerSent = "mesh_server_sent_bytes_total";
    public const string ServerGlitches = "mesh_server_http2_glitches_total";
    public const string OpaqueConnections = "mesh_server_opaque_connections";
    public const string Detected = "mesh_server_detected_total";
    public const string DescriptorExhaustions = "mesh_server_descriptor_exhaustions_total";

    public const string TlsHandshakes = "mesh_server_tls_handshakes_total";
    public const string TlsPending = "mesh_server_tls_pending";
    public const string TlsFailures = "mesh_server_tls_failures_total";

    public const string InboundRefused = "mesh_inbound_refused_total";

    public const string AppResponses = "mesh_destination_app_responses_total";
    public const string AppSeconds = "mesh_destination_app_seconds_total";

    public const string Injected = "mesh_service_injected_total";
    public const string Redirects = "mesh_service_redirects_total";
    public const string Mirrors = "mesh_service_mirrors_total";
    public const string RateLimited = "mesh_service_rate_limited_total";

    public const string GrpcCalls = "mesh_service_grpc_calls_total";

    public const string Retries = "mesh_service_retries_total";
    public const string RetryBudgetExhausted = "mesh_service_retry_budget_exhausted_total";
    public const string RetryLimits = "mesh_service_retry_limits_total";
    public const string BodiesNotKept = "mesh_service_retry_bodies_not_kept_total";
    public const string ResponsesNotHeld = "mesh_service_retry_responses_not_held_total";
    public const string RetriesPerRequest = "mesh_service_retries_per_request";
    public const string Hedges = "mesh_service_hedges_total";
    public const string HedgeWins = "mesh_service_hedge_wins_total";
    public const string RetryBudget = "mesh_service_retry_budget";

    public const string Connects = "mesh_destination_connects_total";
    public const string ConnectFailures = "mesh_destination_connect_failures_total";
    public const string TlsDialFailures = "mesh_destination_tls_failures_total";
    public const string FlowSent = "mesh_destination_sent_bytes_total";
    public const string FlowReceived = "mesh_destination_received_bytes_total";
    public const string FlowDuration = "mesh_destination_connection_duration_seconds";
    public const string Requeues = "mesh_destination_requeues_total";
    public const string RequeueLimits = "mesh_destination_requeue_limits_total";
    public const string RequeueBudgetExhausted = "mesh_destination_requeue_budget_exhausted_total";
    public const string Connections = "mesh_destination_connections";
    public const string Waiters = "mesh_destination_waiters";
    public const string Endpoints = "mesh_destination_endpoints";
    public const string Deaths = "mesh_destination_breaker_deaths_total";
    public const string Revivals = "mesh_destination_breaker_revivals_total";
    public const string Probes = "mesh_destination_breaker_probes_total";
    public const string FailOpenPicks = "mesh_destination_fail_open_picks_total";
    public const string EffortExhausted = "mesh_destination_effort_exhausted_total";

    public const string ConcurrencyAllowed = "mesh_destination_concurrency_limit";
    public const string ConcurrencyInFlight = "mesh_destination_concurrency_in_flight";
    public const string ConcurrencyQueued = "mesh_destination_concurrency_queued";
    public const string ConcurrencyWaited = "mesh_destination_concurrency_waited_total";
    public const string ConcurrencyRefused = "mesh_destination_concurrency_refused_total";
    public const string Rested = "mesh_destination_breaker_rest_seconds_total";
    public const string EjectionsRefused = "mesh_destination_ejections_refused_total";
    public const string PanicPicks = "mesh_destination_panic_picks_total";
    public const string Panic = "mesh_destination_panic";
    public const string Pushbacks = "mesh_destination_pushbacks_total";
    public const string Sickenings = "mesh_destination_sickenings_total";
    public const string Recoveries = "mesh_destination_recoveries_total";
    public const string Joins = "mesh_destination_endpoint_joins_total";
    public const string Leaves = "mesh_destination_endpoint_leaves_total";
    public const string Probations = "mesh_destination_probations_total";
    public const string Updates = "mesh_destination_address_updates_total";
    public const string Rebuilds = "mesh_destination_balancer_rebuilds_total";
    public const string Balancer = "mesh_destination_balancer";

    public const string HealthChecks = "mesh_destination_health_checks_total";
}

/// <summary>The label names that only these series have.</summary>
internal static class DataPlaneMetricLabels
{
    /// <summary>The loop's number, from 1.</summary>
    public const string Loop = "loop";

    /// <summary>What a drill did, <c>delay</c> or <c>abort</c>.</summary>
    public const string Kind = "kind";

    /// <summary>How a gRPC call ended, by the name of its status: <c>OK</c>, <c>UNAVAILABLE</c>.</summary>
    public const string GrpcStatus = "grpc_status";

    /// <summary>What a connection was found to speak: <c>http1</c>, <c>http2</c>, <c>tls</c>, <c>opaque</c>; <c>silent</c>, <c>port</c>.</summary>
    public const string Spoken = "spoken";

    /// <summary>What a check says: <c>good</c>, <c>bad</c> or <c>void</c>.</summary>
    public const string Result = "result";

    /// <summary>Which rate limit: <c>100/s</c>, <c>5/s by header x-user</c>.</summary>
    public const string RateLimitName = "limit";

    /// <summary><c>idle</c> or <c>busy</c>.</summary>
    public const string State = "state";

    /// <summary><c>alive</c>, <c>dead</c>, <c>probing</c>, <c>sick</c>, <c>pushback</c> or <c>probation</c>.</summary>
    public const string Phase = "phase";

    /// <summary>
    /// Linkerd's names <c>p2c_peak_ewma</c>, <c>p2c_least_loaded</c>, <c>aperture_least_loaded</c>, <c>heap_least_loaded</c>, <c>round_robin</c>;
    /// ours <c>ring_hash</c> and <c>maglev</c>.
    /// </summary>
    public const string Algorithm = "algorithm";
}
