using System.Text.Json;
using Mesh.Routing.Routes;

namespace Mesh.Node.Admin.Dtabs;

/// <summary>Histories and spreads as JSON, for HTTP and the console alike.</summary>
internal static class RouteJson
{
    public static void Write(Utf8JsonWriter json, RouteHistory history)
    {
        json.WriteStartArray();
        foreach (RouteChange change in history.Changes)
        {
            json.WriteStartObject();
            json.WriteNumber("version", change.Version);
            json.WriteString("etag", ETags.Of(change.Version));
            json.WriteString("kind", Kind(change.Kind));
            json.WriteStartArray("documents");
            foreach (string document in Documents(change)) json.WriteStringValue(document);
            json.WriteEndArray();
            if (change.Restored > 0) json.WriteNumber("restored", change.Restored);
            json.WriteString("author", change.Author);
            json.WriteString("at", AdminJson.Time(change.At));
            if (change.Dtab?.TryRead(out string? text) == true) json.WriteString("dtab", text);
            if (change.Policies?.TryRead(out string? policies) == true) json.WriteString("policies", policies);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void Write(Utf8JsonWriter json, long version, RouteSpread spread)
    {
        json.WriteStartObject();
        json.WriteNumber("version", version);
        json.WriteBoolean("everywhere", spread.IsEverywhere);
        json.WriteStartArray("nodes");
        foreach (RouteSpread.Node node in spread.Nodes)
        {
            json.WriteStartObject();
            json.WriteString("name", node.Name);
            json.WriteString("address", node.Address);
            json.WriteBoolean("reachable", node.IsReachable);
            json.WriteBoolean("has_it", node.HasIt);
            if (node.Version is { } has) json.WriteNumber("version", has);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>What the change wrote.</summary>
    public static IEnumerable<string> Documents(RouteChange change)
    {
        if (change.Documents.HasFlag(RouteDocuments.Dtab)) yield return "dtab";
        if (change.Documents.HasFlag(RouteDocuments.Policies)) yield return "policies";
    }

    public static string Kind(RouteChangeKind kind) => kind switch
    {
        RouteChangeKind.Created => "created",
        RouteChangeKind.Updated => "updated",
        RouteChangeKind.Deleted => "deleted",
        _ => "rolled back",
    };
}
