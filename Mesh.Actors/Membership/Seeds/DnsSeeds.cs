using System.Net;

namespace Mesh.Actors.Membership.Seeds;

/// <summary>
/// All addresses of a name: an A record, or a Kubernetes headless service (with publishNotReadyAddresses, or nobody is listed before the first
/// is ready). The nodes must advertise these addresses, not names.
/// </summary>
/// <remarks>Asked anew at each attempt: pods come and go.</remarks>
public sealed class DnsSeeds(string host, int port, Func<string, CancellationToken, Task<IPAddress[]>>? lookup = null) : ISeedSource
{
    /// <summary>Addresses taken of an answer, the lowest first.</summary>
    public const int MaxAddresses = 64;

    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _lookup = lookup ?? Dns.GetHostAddressesAsync;

    public async ValueTask<IReadOnlyList<SeedAddress>> Resolve(CancellationToken cancellation)
    {
        IPAddress[] addresses = await _lookup(host, cancellation).ConfigureAwait(false);
        return
        [
            .. addresses.Select(address => (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString())
                .Distinct().Order(StringComparer.Ordinal).Take(MaxAddresses).Select(address => new SeedAddress(address, port)),
        ];
    }
}
