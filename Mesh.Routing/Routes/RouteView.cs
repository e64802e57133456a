using System.Collections.Immutable;
using Mesh.Actors.Tables;
using Mesh.Routing.Bindings;
using Mesh.Routing.Dtabs;

namespace Mesh.Routing.Routes;

/// <summary>A namespace as this node has it. Immutable.</summary>
/// <param name="Name">What routers call it by.</param>
/// <param name="Version">Of the change that made it so.</param>
/// <param name="Text">The rules as they were written.</param>
/// <param name="Dtab">The same, read.</param>
/// <param name="Author">Who made the change.</param>
/// <param name="At">When, by the clock of the node that was asked.</param>
public sealed record RouteNamespace(string Name, long Version, string Text, Dtab Dtab, string Author, DateTimeOffset At)
{
    /// <summary>The second document as it was written; empty: there is none. What it means is read by who obeys it.</summary>
    public string Policies { get; init; } = "";

    /// <summary>The rules for routers; one object as long as it stays this change.</summary>
    internal DtabState State { get; } = new DtabState.Known(Dtab);

    /// <summary>Of the header in the map, to see whether it is another.</summary>
    internal RowVersion Row { get; init; }
}

/// <summary>All namespaces as this node has them at one moment. Immutable.</summary>
/// <param name="Namespaces">By name, in ordinal order.</param>
/// <param name="IsConfirmed">This node has compared them with another since it started; else they are what its disk kept.</param>
/// <param name="IsSettled">
/// What is missing is known to be missing: confirmed, or there is nobody to ask. Before that, a namespace that is not here may be on its way.
/// </param>
public sealed record RouteView(ImmutableSortedDictionary<string, RouteNamespace> Namespaces, bool IsConfirmed, bool IsSettled)
{
    public static RouteView Nothing { get; } =
        new(ImmutableSortedDictionary.Create<string, RouteNamespace>(StringComparer.Ordinal), IsConfirmed: false, IsSettled: false);

    /// <summary>Namespaces that are there and cannot be shown, by name, with the reason; what was shown of one before is not among them.</summary>
    public ImmutableSortedDictionary<string, string> Unread { get; init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Null: there is none, or it is not known yet (<see cref="IsSettled"/>).</summary>
    public RouteNamespace? Find(string name) => Namespaces.GetValueOrDefault(name);
}
