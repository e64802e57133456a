using System.Collections.Immutable;
using System.Net;
using Mesh.Discovery.Names;
using Mesh.Discovery.Services;
using Mesh.Node.Config;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Dtabs;

/// <summary>
/// The services of a config where no node runs: those that it hosts are taken to be up. Of others nothing is known, and that is said at once: only a
/// running node hears of the fleet.
/// </summary>
/// <param name="config">Stands for this namer of the config.</param>
/// <param name="services">Of the same config.</param>
internal sealed class AssumedServicesNamer(ServicesNamerConfig config, ImmutableArray<HostedServiceConfig> services) : INamer
{
    public Path Prefix { get; } = Path.Parse("/#/" + config.Prefix);

    public INameWatch Lookup(Path residual)
    {
        int taken = config.IncludeTag ? 2 : 1;
        if (residual.Count < taken) return new FixedNameWatch(NameState.Resolved.Neg);
        string service = ServiceNames.Normal(residual[taken - 1]);
        string? tag = config.IncludeTag ? ServiceNames.Normal(residual[0]) : null;
        ImmutableArray<WeightedAddress> addresses =
        [
            .. services.Where(each => each.Name == service && (tag is null || each.Tags.Contains(tag)))
                .Select(static each => new WeightedAddress(new IPEndPoint(each.Ip, each.Port), each.Weight)),
        ];
        if (addresses.IsEmpty)
            return new FixedNameWatch(new NameState.Failed($"the config hosts no `{service}`; ask a node that knows the fleet: --admin HOST:PORT"));
        BoundName bound = new(Prefix + residual.Take(taken), new LiveValue<AddressState>(new AddressState.Known(addresses)));
        return new FixedNameWatch(NameState.Resolved.To(bound, residual.Drop(taken)));
    }
}
