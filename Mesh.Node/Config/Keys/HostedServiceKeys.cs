using System.Net;
using Mesh.Discovery.Services;
using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of <c>services</c>.</summary>
internal static class HostedServiceKeys
{
    public static readonly TextKey Name = new(
        "name", null, "", ServiceNames.Expected, ServiceNames.IsName,
        "what the fleet calls the service, as `/#/io.mesh.services/<name>`; case does not count")
    { Required = true, Normalize = ServiceNames.Normal };

    public static readonly IntKey Port = new("port", 0, 1, SharedKeys.MaxPort, "", "the port that the app listens on") { Required = true };

    public static readonly AddressKey Ip = new(
        "ip", IPAddress.Loopback, "Where this node reaches the app; loopback keeps it to this node's own machine.");

    public static readonly TextKey Id = new(
        "id", null, "the node's name and the port, `n1-8080`", ServiceNames.Expected, ServiceNames.IsName,
        "What tells the instance from its siblings.");

    public static readonly TextKey Protocol = new(
        "protocol", ServiceInstance.Http, "", "`http`, `h2` or `tcp`",
        static text => text is ServiceInstance.Http or ServiceInstance.Http2 or ServiceInstance.Tcp,
        "What the app speaks, wherever requests for it come from: `http` is HTTP/1.1, `h2` HTTP/2 with prior knowledge, gRPC among it, `tcp` "
        + "anything else: routers `tcp` and `auto` pass its connections on unread.");

    public static readonly ListKey<string?> Tags = new(
        "tags",
        new TextKey("tags", null, "", ServiceNames.ExpectedTag, ServiceNames.IsTag, "A tag.") { Normalize = ServiceNames.Normal },
        [],
        "What else it is, such as a version; namers with `includeTag` ask for one.")
    { Most = ServiceNames.MaxTags };

    public static readonly DecimalKey Weight = new(
        "weight", 1, Registration.LeastWeight, Registration.MostWeight, "", "Its share of requests, relative to its siblings.");

    public static readonly TextKey Zone = new("zone", "", "", ServiceNames.ExpectedTag, ServiceNames.IsTag, "Where it runs, as you call it.");

    public static readonly KindKey<HealthCheckConfig?> HealthCheck = new(
        "healthCheck", HealthCheckKinds.Table, "How this node finds out whether it works; where none is written it counts as well.");

    public static readonly Section<HostedServiceConfig> Section = new(
        "a service",
        "An app on this machine that the node registers with the fleet, checks, and announces as draining before it ends. Needs `cluster`.",
        [Name, Port, Ip, Id, Protocol, Tags, Weight, Zone, HealthCheck],
        static view => new HostedServiceConfig(
            view.Get(Name)!,
            view.Get(Ip),
            view.Get(Port),
            view.Get(Id),
            [.. view.Get(Tags).Select(static tag => tag!).Distinct()],
            view.Get(Weight),
            view.Get(Zone) ?? "",
            view.GetOr(HealthCheck, null))
        {
            Protocol = view.Get(Protocol)!,
        })
    { Rules = Check };

    private static void Check(SectionView view, CheckContext context)
    {
        IPAddress ip = view.Get(Ip);
        if (IPAddress.Any.Equals(ip) || IPAddress.IPv6Any.Equals(ip))
            context.Faults.Fault(view.At(Ip), $"`ip` is {ip}, where an app may listen but nobody is; name the address that it is reached at");
    }
}
