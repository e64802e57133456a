using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Discovery.Namers.Inet;

/// <summary>
/// <c>/$/inet/&lt;host&gt;/&lt;port&gt;[/residual]</c>: an address written into the name; <c>/$/inet/&lt;port&gt;</c> means localhost.
/// <c>fixedinet</c> keeps the first good answer of DNS, <c>io.buoyant.rinet</c> has the port before the host. IP literals (IPv6 too, colons
/// need no escape) are bound at once; host names live in the <see cref="HostTable"/>.
/// </summary>
/// <remarks>
/// Any thread. A path without a port in place is a failure, as Linkerd looks for a namer class of that name then; of <c>rinet</c> a path that is
/// too short is <c>~</c>.
/// </remarks>
public sealed class InetNamer : INamer, IDisposable
{
    private const string LocalHost = "localhost";

    private static readonly Path _fixedPrefix = Path.Of("$", "fixedinet");
    private static readonly Path _reversedPrefix = Path.Of("$", "io.buoyant.rinet");

    private readonly HostTable _hosts;
    private readonly FixedHosts _fixedHosts;
    private readonly InetNames _names;

    public InetNamer(HostTable hosts, TimeProvider time)
    {
        _hosts = hosts;
        _fixedHosts = new FixedHosts(hosts);
        _names = new InetNames(time);
    }

    public Path Prefix { get; } = Path.Of("$", "inet");

    public ImmutableArray<NameStatus> Status => _names.Status;

    /// <summary>Names remembered now.</summary>
    internal int Count => _names.Count;

    public INameWatch Lookup(Path residual) => LookupHostPort(Prefix, residual, _hosts.Watch);

    public void Dispose() => _names.Dispose();

    internal INameWatch LookupFixed(Path residual) => LookupHostPort(_fixedPrefix, residual, _fixedHosts.Watch);

    internal INameWatch LookupReversed(Path residual)
    {
        if (residual.Count < 2) return new FixedNameWatch(NameState.Resolved.Neg);
        return TryReadPort(residual[0], out int port)
            ? Bind(_reversedPrefix, residual, 2, residual[1], port, _hosts.Watch)
            : Failed($"{_reversedPrefix + residual} names no port and host: expected {_reversedPrefix}/<port>/<host>");
    }

    /// <summary>Host and port first, the port alone second: <c>/8080/9090</c> is port 9090 of the host called 8080.</summary>
    private FixedNameWatch LookupHostPort(Path prefix, Path residual, Func<string, IHostWatch> watchHost)
    {
        if (residual.Count > 1 && TryReadPort(residual[1], out int port)) return Bind(prefix, residual, 2, residual[0], port, watchHost);
        return residual.Count > 0 && TryReadPort(residual[0], out port)
            ? Bind(prefix, residual, 1, LocalHost, port, watchHost)
            : Failed($"{prefix + residual} names no host and port: expected {prefix}/<host>/<port>");
    }

    private static FixedNameWatch Failed(string reason) => new(new NameState.Failed(reason));

    private FixedNameWatch Bind(Path prefix, Path residual, int consumed, string host, int port, Func<string, IHostWatch> watchHost)
    {
        InetName name = _names.Acquire(prefix + residual.Take(consumed), host, port, watchHost);
        return new FixedNameWatch(NameState.Resolved.To(name.Bound, residual.Drop(consumed)), () => _names.Release(name));
    }

    private static bool TryReadPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= IPEndPoint.MaxPort;
}
