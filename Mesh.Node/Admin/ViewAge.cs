using System.Globalization;
using System.Text.Json;
using Mesh.Actors.Tables;

namespace Mesh.Node.Admin;

/// <summary>Tells how old what this node knows of the fleet is.</summary>
internal static class ViewAge
{
    /// <summary>Beyond this a node that is not alone has heard of nobody for several rounds of comparison.</summary>
    public static readonly TimeSpan Stale = TimeSpan.FromMinutes(1);

    /// <summary><c>confirmed 3 s ago</c>; with the time where this membership has not compared it with anybody, and since when it has not.</summary>
    public static string Text(TableFreshness? freshness, DateTimeOffset now)
    {
        if (freshness is null) return "not known yet";
        if (freshness.ConfirmedAt is not { } at) return "never confirmed";
        string ago = Ago(now - at);
        if (freshness.IsOfThisLife) return $"confirmed {ago}";
        string began = freshness.IsOfThisProcess ? "its membership ended and began anew" : "the start";
        return $"not confirmed since {began}: as known at {AdminJson.Time(at)}, {ago}";
    }

    /// <summary>A line where a table is older than it should be; null where it is not.</summary>
    public static string? Note(string what, TableFreshness? freshness, DateTimeOffset now) =>
        freshness is null || (freshness.IsOfThisLife && freshness.AgeAt(now) < Stale) ? null : $"{what}: {Text(freshness, now)}";

    /// <summary>The fields <c>confirmed_at</c> and <c>age_seconds</c>, null where it never was.</summary>
    public static void Write(Utf8JsonWriter json, TableFreshness? freshness, DateTimeOffset now)
    {
        json.WriteString("confirmed_at", freshness?.ConfirmedAt is { } at ? AdminJson.Time(at) : null);
        if (freshness?.AgeAt(now) is { } age) json.WriteNumber("age_seconds", Math.Floor(age.TotalSeconds));
        else json.WriteNull("age_seconds");
    }

    private static string Ago(TimeSpan age) => Math.Max(0, age.TotalSeconds) switch
    {
        < 120 and var seconds => $"{Number(seconds)} s ago",
        < 7200 and var seconds => $"{Number(seconds / 60)} min ago",
        < 172_800 and var seconds => $"{Number(seconds / 3600)} h ago",
        var seconds => $"{Number(seconds / 86_400)} days ago",
    };

    private static string Number(double value) => Math.Floor(value).ToString("0", CultureInfo.InvariantCulture);
}
