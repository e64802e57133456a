using System.Text.Json;
using Mesh.Routing.Destinations;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>Every client with its addresses (Linkerd 1's <c>state</c> and <c>addresses</c>) and, of each endpoint, how it stands and why.</summary>
/// <remarks>
/// Each destination's actor is asked; one that does not answer within <see cref="DestinationQuestion.Patience"/> is told from the snapshot that
/// requests go by, which has no history. A client that several routers use stands once, and its endpoints tell the router.
/// </remarks>
internal sealed class ClientStateEndpoint(NodeView node) : AdminEndpoint("/client_state.json", "clients, their endpoints and why these rest")
{
    public override async Task HandleAsync(HttpContext context)
    {
        ClientStatus[] all = await Task.WhenAll(node.Routers.SelectMany(router => Ask(router, context.RequestAborted))).ConfigureAwait(false);
        DateTimeOffset now = node.Time.GetUtcNow();
        long nowNs = node.Time.Nanoseconds();
        DateTimeOffset Taken(ClientStatus each) => now - Span(nowNs - each.Status.AtNs);
        await AdminJson.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            foreach (IGrouping<string, ClientStatus> client in all.GroupBy(Id).OrderBy(static each => each.Key, StringComparer.Ordinal))
            {
                json.WritePropertyName(client.Key);
                Write(json, [.. client.OrderBy(static each => each.Router, StringComparer.Ordinal)], Taken);
            }

            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private static string Id(ClientStatus client) => client.Status.Id.ToString();

    private IEnumerable<Task<ClientStatus>> Ask(RouterView router, CancellationToken cancel) =>
        router.Destinations().Select(destination => AskAsync(router.Label, destination, node.Time.Nanoseconds(), cancel));

    private static async Task<ClientStatus> AskAsync(string router, Destination destination, long nowNs, CancellationToken cancel)
    {
        (DestinationStatus status, bool fromActor) = await DestinationQuestion.AskAsync(destination, nowNs, cancel).ConfigureAwait(false);
        return new ClientStatus(router, status, fromActor);
    }

    /// <param name="json">Where to.</param>
    /// <param name="uses">Of one client.</param>
    /// <param name="taken">When a status was true: spans count from there, or one moment would read differently each time it is asked for.</param>
    private static void Write(Utf8JsonWriter json, ClientStatus[] uses, Func<ClientStatus, DateTimeOffset> taken)
    {
        DestinationStatus first = uses[0].Status;
        json.WriteStartObject();
        json.WriteString("state", State(first));
        json.WriteStartArray("addresses");
        IEnumerable<string> addresses = uses.SelectMany(static use => use.Status.Endpoints).Select(static endpoint => endpoint.Address.ToString());
        foreach (string address in addresses.Distinct()) json.WriteStringValue(address);
        json.WriteEndArray();
        json.WriteStartArray("endpoints");
        foreach (ClientStatus use in uses)
            foreach (EndpointStatus endpoint in use.Status.Endpoints)
                Write(json, use, endpoint, taken(use));
        json.WriteEndArray();
        json.WriteStartArray("routers");
        foreach (ClientStatus use in uses) Write(json, use, taken(use));
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ClientStatus use, EndpointStatus endpoint, DateTimeOffset taken)
    {
        json.WriteStartObject();
        json.WriteString("router", use.Router);
        json.WriteString("address", endpoint.Address.ToString());
        json.WriteString("instance", endpoint.Instance);
        json.WriteString("state", endpoint.Condition.ToString().ToLowerInvariant());
        json.WriteString("since", use.FromActor && endpoint.StandsFor is { } span ? AdminJson.Time(taken - span) : null);
        json.WriteString("evidence", endpoint.Why?.ToString());
        if (use.FromActor && endpoint.NextProbeIn is { } probe) json.WriteNumber("next_probe_ms", Milliseconds(probe));
        else json.WriteNull("next_probe_ms");
        json.WriteNumber("consecutive_failures", endpoint.ConsecutiveFailures);
        json.WriteNumber("in_flight", endpoint.InFlight);
        if (use.FromActor) json.WriteNumber("ewma_ms", Milliseconds(endpoint.Latency));
        else json.WriteNull("ewma_ms");
        json.WriteNumber("failure_share", Math.Round(endpoint.FailureShare, 3));
        json.WriteNumber("weight", endpoint.Weight);
        json.WriteString("source", use.FromActor ? "actor" : "snapshot");
        json.WriteEndObject();
    }

    /// <summary>What holds for the client as a whole in one router, and what happened lately.</summary>
    private static void Write(Utf8JsonWriter json, ClientStatus use, DateTimeOffset taken)
    {
        DestinationStatus status = use.Status;
        json.WriteStartObject();
        json.WriteString("router", use.Router);
        json.WriteBoolean("panic", status.IsPanicking);
        json.WriteNumber("usable", status.Usable);
        json.WriteNumber("total", status.Endpoints.Length);
        json.WriteString("balancer", ClientStateWords.Of(status.Options.Balancer.Kind));
        json.WriteNumber("panic_threshold", status.Options.Balancer.PanicThreshold);
        json.WriteString("accrual", ClientStateWords.Of(status.Options.Accrual));
        json.WriteNumber("max_ejected_share", status.Options.Accrual.MaxEjectedShare);
        json.WriteStartArray("transitions");
        foreach (EndpointTransition transition in status.Recent)
        {
            json.WriteStartObject();
            json.WriteString("at", AdminJson.Time(taken - Span(status.AtNs - transition.AtNs)));
            json.WriteString("address", transition.Endpoint.ToString());
            json.WriteString("instance", transition.Instance);
            json.WriteString("move", ClientStateWords.Of(transition.Move));
            json.WriteString("evidence", transition.Why?.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Linkerd's words.</summary>
    private static string State(DestinationStatus status) => status.State switch
    {
        DestinationState.Pending => "Pending",
        DestinationState.Failed => $"Failed: {status.Reason}",
        _ => "bound",
    };

    private static TimeSpan Span(long ns) => TimeSpan.FromTicks(ns / TimeSpan.NanosecondsPerTick);

    private static double Milliseconds(TimeSpan span) => Math.Round(span.TotalMilliseconds, 3);

    /// <summary>How a destination stands in one router.</summary>
    private sealed record ClientStatus(string Router, DestinationStatus Status, bool FromActor);
}
