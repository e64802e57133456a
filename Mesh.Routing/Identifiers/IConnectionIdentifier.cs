using System.Globalization;
using System.Net;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Identifiers;

/// <summary>Names a connection whose bytes nobody reads. Once a connection: it may allocate.</summary>
public interface IConnectionIdentifier
{
    /// <summary>It needs <see cref="ConnectionFacts.ServerName"/>, for which the first bytes must be waited for and looked at.</summary>
    bool NeedsServerName => false;

    /// <summary>The service name, the router's prefix included; null when the connection has nothing that this identifier names it by.</summary>
    Path? Identify(in ConnectionFacts facts);

    /// <summary>Why it found nothing, for operators.</summary>
    string Explain(in ConnectionFacts facts);
}

/// <summary><c>io.mesh.sni</c>: the host of the ClientHello in lower case, <c>/svc/db.example</c>; a point at its end does not count.</summary>
public sealed class ServerNameIdentifier(Path prefix) : IConnectionIdentifier
{
    public bool NeedsServerName => true;

    public Path? Identify(in ConnectionFacts facts)
    {
        string host = (facts.ServerName ?? "").ToLowerInvariant();
        if (host.EndsWith('.')) host = host[..^1];
        return host.Length == 0 ? null : prefix + Path.Of(host);
    }

    public string Explain(in ConnectionFacts facts) => "it has no TLS ClientHello that names a host (SNI)";
}

/// <summary><c>io.mesh.originalDst</c>: where it was going, <c>/svc/10.0.0.5/5432</c>; an IPv4 address is one also where it came mapped.</summary>
public sealed class OriginalDestinationIdentifier(Path prefix) : IConnectionIdentifier
{
    public Path? Identify(in ConnectionFacts facts)
    {
        if (facts.OriginalDestination is not { } to) return null;
        IPAddress address = to.Address.IsIPv4MappedToIPv6 ? to.Address.MapToIPv4() : to.Address;
        return prefix + Path.Of(address.ToString(), to.Port.ToString(CultureInfo.InvariantCulture));
    }

    public string Explain(in ConnectionFacts facts) =>
        "it was not redirected here (SO_ORIGINAL_DST), and no load balancer says that it was going elsewhere (PROXY protocol)";
}

/// <summary><c>io.mesh.port</c>: the port that it came to, <c>/svc/5432</c>.</summary>
public sealed class PortIdentifier(Path prefix) : IConnectionIdentifier
{
    public Path? Identify(in ConnectionFacts facts) => prefix + Path.Of(facts.Port.ToString(CultureInfo.InvariantCulture));

    public string Explain(in ConnectionFacts facts) => $"it came to port {facts.Port}";
}

/// <summary><c>io.l5d.static</c>: one name for every connection.</summary>
/// <param name="name">The whole name, the router's prefix included.</param>
public sealed class StaticConnectionIdentifier(Path name) : IConnectionIdentifier
{
    public Path? Identify(in ConnectionFacts facts) => name;

    public string Explain(in ConnectionFacts facts) => $"it is {name}";
}
