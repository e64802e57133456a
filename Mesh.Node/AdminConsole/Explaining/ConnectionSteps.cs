using Mesh.Node.Config;
using Mesh.Node.Hosting;
using Mesh.Routing.Identifiers;
using Mesh.Wire.Exchange;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.AdminConsole.Explaining;

/// <summary>
/// What a router that reads no bytes makes of a connection: of one to its first server, whose TLS asks for the host of the request that somebody asks
/// about.
/// </summary>
internal static class ConnectionSteps
{
    /// <summary>Null: it gets no name.</summary>
    public static Path? Name(RouterConfig config, RequestHead head, List<Step> steps)
    {
        string host = System.Text.Encoding.Latin1.GetString(head.Authority).Split(':')[0];
        ConnectionFacts facts = new(config.Servers[0].Port) { ServerName = host };
        Path? name = null;
        int at = 0;
        foreach (IdentifierTry each in OpaqueParts.IdentifiersOf(config).Try(facts))
        {
            string who = $"identifier {at + 1} of {config.ConnectionIdentifiers.Length}, {WordsOf(config.ConnectionIdentifiers[at])}";
            name = each.Name;
            steps.Add(name is null ? Step.No("identifier", $"{who}: {each.Reason}") : Step.Yes("identifier", $"{who}: {name}"));
            at++;
        }

        return name;
    }

    private static string WordsOf(ConnectionIdentifierConfig config) => config switch
    {
        SniIdentifierConfig => SniIdentifierConfig.KindName,
        OriginalDstIdentifierConfig => OriginalDstIdentifierConfig.KindName,
        PortIdentifierConfig => PortIdentifierConfig.KindName,
        StaticConnectionConfig one => $"{StaticIdentifierConfig.KindName} {one.Path}",
        _ => config.GetType().Name,
    };
}
