using System.Collections.Immutable;
using Mesh.Actors;
using Mesh.Actors.Clustering;
using Mesh.Node.Admin.Services;
using Mesh.Node.AdminConsole;
using Mesh.Node.AdminConsole.Destinations;
using Mesh.Node.AdminConsole.Explaining;
using Mesh.Node.AdminConsole.Fleet;
using Mesh.Node.AdminConsole.Palettes;

namespace Mesh.Node.Hosting;

/// <summary>The console of a node: its commands, known from the config on, and its ear for other nodes' questions, with the cluster.</summary>
internal sealed class ConsoleParts : IDisposable
{
    private readonly RequestWindows _windows;
    private volatile Cluster? _cluster;
    private volatile string _away = ServicesView.Starting;

    /// <param name="actors">Whom it shows, beside those of the cluster.</param>
    /// <param name="routers">The configured ones, then the inbound side's if any.</param>
    /// <param name="services">The fleet's, and this node's.</param>
    /// <param name="routes">The fleet's namespaces.</param>
    /// <param name="time">The clock of requests.</param>
    public ConsoleParts(
        ActorSystem actors, ImmutableArray<RouterParts> routers, ServiceParts services, FleetRoutes routes, TimeProvider time)
    {
        Systems = () => _cluster is { } cluster ? [actors, cluster.System] : [actors];
        _windows = new RequestWindows(() => routers.SelectMany(static router => router.Backends), time);
        Services = services.View();
        FleetConsole? fleet = Services is null ? null : new FleetConsole(Here);
        DestinationReader reader = new(routers, _windows, time);
        Explainer explainer = new(routers, reader, new InboundQuestions(Services, fleet));
        Commands = new CommandTable(
        [
            .. FleetCommands.Of([.. ActorPalette.Commands(Systems), .. DestPalette.Commands(reader), .. ExplainPalette.Commands(explainer)], fleet),
            .. Services is { } view
                ? [
                    .. ClusterPalettes.Commands(Here),
                    .. ServicePalette.Commands(view),
                    .. FleetCommands.Of(InboundPalette.Commands(view, reader), fleet),
                ]
                : ImmutableArray<ConsoleCommand>.Empty,
            .. routes.Commands(),
        ]);
        Values = ValuesOf(reader, services, routes);
    }

    /// <summary>The node's actor systems: the data plane's, then the membership's.</summary>
    public Func<IReadOnlyList<ActorSystem>> Systems { get; }

    public CommandTable Commands { get; }

    public ConsoleValues Values { get; }

    /// <summary>Null for a node for itself.</summary>
    public ServicesView? Services { get; }

    /// <summary>The cluster is there: other nodes may ask from now on.</summary>
    public void Start(Cluster cluster)
    {
        _cluster = cluster;
        FleetMessages.Register(cluster.Serializers);
        cluster.System.ActorOf(Props.Create(() => new ConsoleActor(() => Commands)), ConsoleActor.Name);
    }

    /// <summary>The membership is over; what only a cluster can answer is refused with the reason.</summary>
    public void Rest(string why)
    {
        _away = why;
        _cluster = null;
    }

    public void Dispose() => _windows.Dispose();

    private Cluster Here() => _cluster ?? throw new ConsoleRefusal(ConsoleStatus.Unavailable, _away);

    private ConsoleValues ValuesOf(DestinationReader reader, ServiceParts services, FleetRoutes routes)
    {
        return new ConsoleValues(new Dictionary<string, Func<Task<IEnumerable<string>>>>
        {
            [ConsoleValues.Destinations] = () => Task.FromResult(reader.Names()),
            [ConsoleValues.Routers] = () => Task.FromResult(reader.RouterLabels()),
            [ConsoleValues.Services] = () => Task.FromResult(services.Table.All().Select(static list => list.Name)),
            [ConsoleValues.Nodes] = () => Task.FromResult(_cluster?.State.Members.Select(static member => member.Name) ?? []),
            [ConsoleValues.Namespaces] = () => Task.FromResult(routes.Table?.Current.Namespaces.Keys ?? []),
            [ConsoleValues.Tables] = async () => _cluster is { } cluster
                ? (await cluster.OnLoop(static tables => tables.GetStatus()).ConfigureAwait(false)).Select(static table => table.Name)
                : [],
            [ConsoleValues.EntityTypes] = async () => _cluster is { } cluster ? await cluster.ShardTypes().ConfigureAwait(false) : [],
        });
    }
}
