using System.Net;
using System.Text;
using Mesh.Routing.Bindings;
using Mesh.Routing.Destinations;
using Mesh.Routing.Dtabs;
using Mesh.Wire.Faults;

namespace Mesh.Node.Proxy;

/// <summary>
/// The lines of an error's body below its first: where the request stood, in Linkerd's words, and each alternative that was tried with the
/// reason why it was not used.
/// </summary>
/// <remarks>Cold. Source: Linkerd's RichNoBrokersAvailableException, RichConnectionFailedException.</remarks>
internal static class RouteDetails
{
    /// <summary>Addresses, and rules of each dtab, that a body lists; the rest is counted.</summary>
    public const int MaxListed = 64;

    /// <param name="fault">What went wrong.</param>
    /// <param name="route">Of the request, still held.</param>
    /// <param name="selected">The endpoint of the last attempt; null where there was none.</param>
    public static async ValueTask<string> OfAsync(Fault fault, Route route, IPEndPoint? selected)
    {
        if (route.Binding is not { } binding || fault.Party == FaultParty.Client) return "";
        StringBuilder text = new();
        text.Append("service name: ").Append(binding.Name).Append('\n');
        if (route.Backend is { } backend) AppendDestination(text, backend.Destination, selected);
        if (fault.Stage is FaultStage.Bind or FaultStage.Pick)
        {
            AppendBinding(text, binding, binding.Current?.Failure?.Trail ?? await binding.ExplainAsync());
        }

        return text.ToString();
    }

    /// <summary>The addresses of a destination as Linkerd lists them, <c>[1.2.3.4:80, 1.2.3.5:80]</c>.</summary>
    public static string Addresses(Destination destination)
    {
        DestinationSnapshot snapshot = destination.Current;
        string more = snapshot.Endpoints.Length > MaxListed ? $", and {snapshot.Endpoints.Length - MaxListed} more" : "";
        return $"[{string.Join(", ", snapshot.Endpoints.Take(MaxListed).Select(static endpoint => endpoint.Address))}{more}]";
    }

    private static void AppendDestination(StringBuilder text, Destination destination, IPEndPoint? selected)
    {
        text.Append("client name: ").Append(destination.Id).Append('\n');
        text.Append("addresses: ").Append(Addresses(destination)).Append('\n');
        text.Append("selected address: ").Append(selected?.ToString() ?? "none").Append('\n');
    }

    private static void AppendBinding(StringBuilder text, ServiceBinding<Backend> binding, string trail)
    {
        text.Append("alternatives tried:\n");
        foreach (string step in trail.Split('\n')) text.Append("  ").Append(step).Append('\n');
        AppendDtab(text, "base dtab", binding.BaseDtab);
        AppendDtab(text, "override dtab", binding.Overrides);
    }

    private static void AppendDtab(StringBuilder text, string name, Dtab dtab)
    {
        text.Append(name).Append(":\n");
        foreach (Dentry dentry in dtab.Dentries.Take(MaxListed))
        {
            text.Append("  ").Append(dentry.Prefix).Append(" => ").Append(dentry.Destination).Append('\n');
        }

        if (dtab.Dentries.Length > MaxListed) text.Append("  and ").Append(dtab.Dentries.Length - MaxListed).Append(" more\n");
    }
}
