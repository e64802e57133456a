using System.Collections.Immutable;
using System.Text.Json;
using Mesh.Discovery.Names;
using Microsoft.AspNetCore.Http;
using NamePath = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Admin;

/// <summary>
/// What one namer knows of the names that somebody asks for: <c>/namer_state/io.l5d.fs.json</c> for <c>/#/io.l5d.fs</c> (Linkerd 1's paths).
/// </summary>
internal sealed class NamerStateEndpoint(Func<ImmutableArray<INamer>> namers)
    : AdminEndpoint("/namer_state/*", "PREFIX.json: what a namer knows of each name being watched")
{
    private const string Start = "/namer_state/";

    public override Task HandleAsync(HttpContext context)
    {
        string path = AdminRoutes.Trim(context.Request.Path.Value!);
        ImmutableArray<INamer> all = namers();
        INamer[] asked = [.. all.Where(namer => Start + Called(namer) + ".json" == path)];
        if (asked.Length == 0)
        {
            string known = string.Join(", ", all.Select(Called).Distinct().Order(StringComparer.Ordinal));
            return AdminErrors.WriteAsync(context, StatusCodes.Status404NotFound, $"no such namer; there are {known}");
        }

        return AdminJson.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteString("prefix", asked[0].Prefix.ToString());
            json.WriteStartArray("problems");
            foreach (string problem in asked.SelectMany(static namer => namer.Problems)) json.WriteStringValue(problem);
            json.WriteEndArray();
            json.WriteStartObject("names");
            foreach (NameStatus name in asked.SelectMany(static namer => namer.Status).OrderBy(Name, StringComparer.Ordinal))
                Write(json, Name(name), name);
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    /// <summary>The prefix without what all configured namers share: <c>io.l5d.fs</c>; <c>$</c> for those of the program.</summary>
    private static string Called(INamer namer)
    {
        NamePath prefix = namer.Prefix;
        return (prefix.Count > 1 && prefix[0] == "#" ? prefix.Drop(1) : prefix).ToString().TrimStart('/');
    }

    private static string Name(NameStatus status) => status.Name.ToString();

    /// <summary>What is known of a name, as a field of an object.</summary>
    public static void Write(Utf8JsonWriter json, string field, NameStatus name)
    {
        json.WriteStartObject(field);
        json.WriteString("state", name.State);
        json.WriteString("since", AdminJson.Time(name.Since));
        json.WriteStartArray("addresses");
        foreach (WeightedAddress address in name.Addresses)
        {
            json.WriteStartObject();
            json.WriteString("address", address.EndPoint.ToString());
            json.WriteNumber("weight", address.Weight);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("problem", name.Problem.Length > 0 ? name.Problem : null);
        json.WriteEndObject();
    }
}
