using System.Collections.Immutable;
using System.Net;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Discovery.Transformers;

/// <summary>
/// <c>io.l5d.localhost</c> and <c>io.l5d.specificHost</c>: only addresses of one host stay. When none stays, the destination's addresses are
/// gone (<see cref="AddressState.Neg"/>), so that the next alternative is tried.
/// </summary>
/// <remarks>Ports do not matter. An IPv4 address equals its IPv6-mapped form. Source: Linkerd's SubnetLocalTransformer.</remarks>
public sealed class HostTransformer : LeafTransformer
{
    private readonly ILive<HostState> _host;
    private readonly string _name;

    private HostTransformer(Path prefix, ILive<HostState> host, string name)
        : base(prefix)
    {
        _host = host;
        _name = name;
    }

    public override string? Problem => _host.Current switch
    {
        HostState.NotFound => $"{Prefix}: DNS knows no host {_name}",
        HostState.Failed failed => $"{Prefix}: {failed.Reason}",
        _ => null,
    };

    /// <param name="prefix">Without <c>/%</c>; usually <c>/io.l5d.localhost</c>.</param>
    /// <param name="local">This machine's addresses, usually <see cref="LocalAddresses"/>; not disposed with the transformer.</param>
    public static HostTransformer Localhost(Path prefix, ILive<HostState> local) => new(prefix, local, "localhost");

    /// <param name="prefix">Without <c>/%</c>; usually <c>/io.l5d.specificHost</c>.</param>
    /// <param name="host">An IP literal or a host name, which is watched until the transformer is disposed.</param>
    /// <param name="hosts">Where it is watched.</param>
    public static HostTransformer SpecificHost(Path prefix, string host, HostTable hosts) => new(
        prefix,
        HostName.TryParseLiteral(host, out IPAddress? literal) ? new LiveValue<HostState>(new HostState.Known([literal])) : hosts.Watch(host),
        host);

    protected override ILive<AddressState> AddressesOf(ILive<AddressState> found) => new MappedAddresses(found, _host, Keep);

    protected override void Dispose(bool disposing)
    {
        (_host as IHostWatch)?.Dispose();
        base.Dispose(disposing);
    }

    private static AddressState Keep(AddressState state, HostState? host)
    {
        if (state is not AddressState.Known known) return state;
        return host switch
        {
            HostState.Known of => Keep(known, [.. of.Addresses.Select(Plain)]),
            HostState.Failed failed => new AddressState.Failed(failed.Reason),
            HostState.NotFound => AddressState.Neg.Instance,
            _ => AddressState.Pending.Instance,
        };
    }

    private static AddressState Keep(AddressState.Known known, HashSet<IPAddress> of)
    {
        ImmutableArray<WeightedAddress> kept = [.. known.Addresses.Where(address => of.Contains(Plain(address.EndPoint.Address)))];
        return kept.IsEmpty ? AddressState.Neg.Instance : new AddressState.Known(kept);
    }

    private static IPAddress Plain(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address.IsIPv6LinkLocal ? new IPAddress(address.GetAddressBytes()) : address;
}
