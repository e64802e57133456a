using System.Collections.Immutable;
using System.Text.Json;
using Mesh.Discovery.Namerd;
using Mesh.Discovery.Names;
using Mesh.Node.Admin.Dtabs;
using Mesh.Node.Admin.Services;
using Mesh.Node.AdminConsole;
using Mesh.Node.Config;
using Mesh.Node.Hosting;
using Mesh.Node.Telemetry.Linkerd;
using Mesh.Routing.Destinations;
using Mesh.Routing.Dtabs;
using Mesh.Wire.Metrics;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Admin;

/// <summary>What the endpoints may read of a node, and the few things they may ask of it. All members: any thread, quick.</summary>
internal sealed record NodeView
{
    /// <summary>What <c>/metrics</c> shows.</summary>
    public required MetricRegistry Registry { get; init; }

    /// <summary>The same in Linkerd 1's names.</summary>
    public required LinkerdTree Linkerd { get; init; }

    /// <summary>What keeps the node from being ready; empty = ready.</summary>
    public required Func<IReadOnlyList<string>> NotReady { get; init; }

    /// <summary>In the order of the config.</summary>
    public required ImmutableArray<RouterView> Routers { get; init; }

    /// <summary>In the order they are asked, those of the program last; a reload replaces them.</summary>
    public Func<ImmutableArray<INamer>> Namers { get; init; } = static () => [];

    /// <summary>What the log writes.</summary>
    public required LogLevels Levels { get; init; }

    /// <summary>Begins the orderly end; the argument is why, for the log.</summary>
    public required Action<string> Shutdown { get; init; }

    /// <summary>The config that the node goes by; a reload replaces it.</summary>
    public required Func<MeshConfig> Config { get; init; }

    /// <summary>Writes how the last reload of the config went, as one JSON value; null where there are no reloads.</summary>
    public Action<Utf8JsonWriter>? WriteReload { get; init; }

    /// <summary>What the console may ask.</summary>
    public CommandTable Commands { get; init; } = new([]);

    /// <summary>What may stand in its commands.</summary>
    public ConsoleValues Values { get; init; } = ConsoleValues.None;

    /// <summary>The fleet's dtabs.</summary>
    public RoutesView Routes { get; init; } = RoutesView.None;

    /// <summary>The fleet's services, and this node's; null for a node for itself.</summary>
    public ServicesView? Services { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>What the endpoints may read of a router.</summary>
/// <param name="Label">Unique in the node.</param>
/// <param name="Destinations">Those held or idle, in any order.</param>
/// <param name="Delegate">Tells what a name leads to; null where the interpreter cannot.</param>
internal sealed record RouterView(string Label, Func<IEnumerable<Destination>> Destinations, DelegateByRouter? Delegate)
{
    /// <summary>Who binds its names, where the node does not itself; a reload replaces it.</summary>
    public Func<NamerdNames?> Namerd { get; init; } = static () => null;
}

/// <summary>All that a name leads to in a router.</summary>
/// <param name="dtab">To go by instead of the router's own; null: the router's own.</param>
/// <param name="path">The service name.</param>
/// <param name="cancel">Ends the wait for namers; what they owe is pending in the result.</param>
internal delegate Task<DelegateTree> DelegateByRouter(Dtab? dtab, Path path, CancellationToken cancel);
