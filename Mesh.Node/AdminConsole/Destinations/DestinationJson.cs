using System.Text.Json;
using Mesh.Node.Admin;
using Mesh.Routing.Destinations;

namespace Mesh.Node.AdminConsole.Destinations;

/// <summary>Destinations as JSON; names as in <c>/client_state.json</c> where both tell the same.</summary>
internal static class DestinationJson
{
    public static void Write(Utf8JsonWriter json, DestinationFacts facts, bool withEndpoints)
    {
        DestinationStatus status = facts.Status;
        json.WriteStartObject();
        json.WriteString("id", facts.Id);
        json.WriteString("router", facts.Router);
        json.WriteString("state", status.State.ToString().ToLowerInvariant());
        if (status.Reason is not null) json.WriteString("reason", status.Reason);
        json.WriteNumber("usable", status.Usable);
        json.WriteNumber("total", status.Endpoints.Length);
        json.WriteNumber("in_flight", facts.InFlight);
        json.WriteBoolean("panic", status.IsPanicking);
        json.WriteString("remarks", facts.Remarks);
        json.WriteString("balancer", ClientStateWords.Of(status.Options.Balancer.Kind));
        json.WriteString("accrual", ClientStateWords.Of(status.Options.Accrual));
        Write(json, facts.Rates);
        if (facts.Limit is { } limit)
        {
            json.WriteStartObject("limit");
            json.WriteNumber("limit", limit.Limit);
            json.WriteNumber("in_flight", limit.InFlight);
            json.WriteNumber("waiting", limit.Waiting);
            json.WriteEndObject();
        }

        if (withEndpoints)
        {
            json.WriteString("source", facts.FromActor ? "actor" : "snapshot");
            json.WriteStartArray("endpoints");
            for (int i = 0; i < status.Endpoints.Length; i++) Write(json, facts, status.Endpoints[i], facts.Pools[i]);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, RequestRates rates)
    {
        json.WriteStartObject("attempts");
        json.WriteNumber("successes", rates.Successes);
        json.WriteNumber("failures", rates.Failures);
        WriteMs(json, "p50_ms", rates.P50);
        WriteMs(json, "p99_ms", rates.P99);
        WriteMs(json, "over_ms", rates.Over);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, DestinationFacts facts, EndpointStatus endpoint, PoolFacts? pool)
    {
        json.WriteStartObject();
        json.WriteString("address", endpoint.Address.ToString());
        json.WriteString("instance", endpoint.Instance);
        json.WriteString("state", DestinationText.Word(endpoint.Condition));
        json.WriteString("evidence", endpoint.Why?.ToString());
        WriteMs(json, "for_ms", facts.FromActor ? endpoint.StandsFor : null);
        WriteMs(json, "next_probe_ms", facts.FromActor ? endpoint.NextProbeIn : null);
        json.WriteNumber("consecutive_failures", endpoint.ConsecutiveFailures);
        json.WriteNumber("weight", endpoint.Weight);
        json.WriteNumber("in_flight", endpoint.InFlight);
        WriteMs(json, "ewma_ms", facts.FromActor ? endpoint.Latency : null);
        json.WriteNumber("failure_share", Math.Round(endpoint.FailureShare, 3));
        if (pool is not null)
        {
            json.WriteStartObject("connections");
            json.WriteNumber("idle", pool.Idle);
            json.WriteNumber("busy", pool.Busy);
            json.WriteNumber("waiting", pool.Waiting);
            json.WriteNumber("most", pool.Most);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteMs(Utf8JsonWriter json, string name, TimeSpan? span)
    {
        if (span is { } known) json.WriteNumber(name, Math.Round(known.TotalMilliseconds, 3));
        else json.WriteNull(name);
    }
}
