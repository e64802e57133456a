using System.Text.Json;
using Mesh.Actors.Tables;
using Mesh.Discovery.Services;

namespace Mesh.Node.Admin.Services;

/// <summary>Services and instances as JSON.</summary>
internal static class ServiceJson
{
    public static void Write(Utf8JsonWriter json, ServiceList list, DateTimeOffset now)
    {
        json.WriteStartObject();
        json.WriteString("name", list.Name);
        json.WriteStartArray("instances");
        foreach (RowView<ServiceInstance> row in list.Rows) Write(json, row, now);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>An instance as the fleet sees it.</summary>
    public static void Write(Utf8JsonWriter json, RowView<ServiceInstance> row, DateTimeOffset now)
    {
        ServiceInstance instance = row.Value;
        json.WriteStartObject();
        json.WriteString("id", instance.Id);
        json.WriteString("state", Word(instance.State));
        json.WriteString("reason", instance.Reason.Length == 0 ? null : instance.Reason);
        json.WriteString("since", AdminJson.Time(instance.Since));
        json.WriteNumber("age_ms", Math.Max(0, (long)(now - instance.Since).TotalMilliseconds));
        json.WriteString("address", instance.App.ToString());
        json.WriteString("node", instance.Node);
        json.WriteString("owner", Word(row.State));
        json.WriteString("inbound", instance.Inbound?.ToString());
        json.WriteString("protocol", instance.Protocol);
        json.WriteStartArray("tags");
        foreach (string tag in instance.Tags) json.WriteStringValue(tag);
        json.WriteEndArray();
        json.WriteNumber("weight", instance.Weight);
        json.WriteString("zone", instance.Zone.Length == 0 ? null : instance.Zone);
        json.WriteBoolean("leased", instance.IsLeased);
        json.WriteEndObject();
    }

    /// <summary>An instance as its own node sees it, and what was not done of a wish.</summary>
    public static void Write(Utf8JsonWriter json, LocalInstance instance, string node, string? notKept)
    {
        Registration registration = instance.Registration;
        json.WriteStartObject();
        json.WriteString("name", registration.Service);
        json.WriteString("id", registration.Id);
        json.WriteString("state", Word(instance.State));
        json.WriteString("reason", instance.Reason.Length == 0 ? null : instance.Reason);
        json.WriteString("since", AdminJson.Time(instance.Since));
        json.WriteString("address", registration.App.ToString());
        json.WriteString("node", node);
        if (registration.Ttl is { } ttl) json.WriteNumber("ttl_ms", (long)ttl.TotalMilliseconds);
        if (instance.ExpiresIn is { } left) json.WriteNumber("expires_in_ms", Math.Max(0, (long)left.TotalMilliseconds));
        if (notKept is not null) json.WriteString("not_kept", $"a restart of the node would lose it: {notKept}");
        json.WriteEndObject();
    }

    public static string Word(InstanceState state) => state switch
    {
        InstanceState.Up => "up",
        InstanceState.Draining => "draining",
        _ => "unhealthy",
    };

    public static string Word(OwnerState state) => state switch
    {
        OwnerState.Up => "up",
        OwnerState.Leaving => "leaving",
        OwnerState.Unreachable => "unreachable",
        _ => "last known",
    };
}
