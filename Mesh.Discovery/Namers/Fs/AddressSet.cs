using System.Collections.Immutable;
using System.Net;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Names;

namespace Mesh.Discovery.Namers.Fs;

/// <summary>The addresses that the lines of one file give, host names resolved live. Literal addresses never wait for DNS.</summary>
internal sealed class AddressSet : IDisposable
{
    private readonly ImmutableArray<AddressLine> _lines;
    private readonly Dictionary<string, IHostWatch> _hosts;

    public AddressSet(ImmutableArray<AddressLine> lines, HostTable hosts)
    {
        _lines = lines;
        _hosts = lines.Where(line => line.Literal is null)
            .Select(line => line.Host)
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .ToDictionary(host => host, hosts.Watch, StringComparer.OrdinalIgnoreCase);
    }

    public bool IsEmpty => _lines.IsEmpty;

    public IDisposable OnChange(Action changed) => new Group([.. _hosts.Values.Select(host => host.OnChange(changed))]);

    /// <summary>Each end point once, in the file's order; of two lines for one end point the last weight holds.</summary>
    public AddressState Read()
    {
        var weights = new OrderedDictionary<IPEndPoint, double>();
        bool isPending = false;
        string? failure = null;
        foreach (AddressLine line in _lines)
        {
            HostState? host = line.Literal is null ? _hosts[line.Host].Current : null;
            isPending |= host is HostState.Pending;
            if (host is HostState.Failed failed) failure ??= $"line {line.LineNumber}: {failed.Reason}";
            ImmutableArray<IPAddress> addresses = line.Literal is not null ? [line.Literal] : host is HostState.Known known ? known.Addresses : [];
            foreach (IPAddress address in addresses) weights[new IPEndPoint(address, line.Port)] = line.Weight;
        }
        if (weights.Count == 0 && isPending) return AddressState.Pending.Instance;
        if (weights.Count == 0 && failure is not null) return new AddressState.Failed(failure);
        return new AddressState.Known([.. weights.Select(pair => new WeightedAddress(pair.Key, pair.Value))]);
    }

    /// <summary>What an operator should know of: host names without an answer, as <c>line: what</c>.</summary>
    public string? Problem() => _lines
        .Where(line => line.Literal is null)
        .Select(line => _hosts[line.Host].Current switch
        {
            HostState.NotFound => $"{line.LineNumber}: DNS knows no host {line.Host}",
            HostState.Failed failed => $"{line.LineNumber}: {failed.Reason}",
            _ => null,
        })
        .FirstOrDefault(problem => problem is not null);

    public void Dispose()
    {
        foreach (IHostWatch host in _hosts.Values) host.Dispose();
    }

    private sealed class Group(IDisposable[] parts) : IDisposable
    {
        public void Dispose()
        {
            foreach (IDisposable part in parts) part.Dispose();
        }
    }
}
