using System.Net;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Discovery.Namers.Inet;

/// <summary>One (host, port) that somebody asked for, with its addresses.</summary>
internal sealed class InetName : IDisposable
{
    private readonly LiveValue<AddressState> _addresses;
    private readonly IHostWatch? _host;
    private readonly IDisposable? _subscription;
    private readonly ChangeStamp _changed;
    private readonly int _port;

    public InetName(Path id, string host, int port, Func<string, IHostWatch> watchHost, TimeProvider time)
    {
        _port = port;
        _changed = new ChangeStamp(time);
        if (HostName.TryParseLiteral(host, out IPAddress? literal))
        {
            _addresses = new LiveValue<AddressState>(new AddressState.Known([At(literal)]));
        }
        else
        {
            _addresses = new LiveValue<AddressState>(AddressState.Pending.Instance);
            _host = watchHost(host);
            _subscription = _host.OnChange(Update);
            Update();
        }
        Bound = new BoundName(id, _addresses);
    }

    public BoundName Bound { get; }

    /// <summary>Written under the namer's lock.</summary>
    public int Watchers { get; set; }

    public bool IsListenedTo => _addresses.HasSubscribers;

    public bool IsKnown => _addresses.Current is AddressState.Known;

    public NameStatus Status => NameStatus.Of(Bound.Id, _addresses.Current, _changed.At, _host?.Problem);

    public void Dispose()
    {
        _subscription?.Dispose();
        _host?.Dispose();
    }

    /// <summary>
    /// Two updates may run at a time (the first by the constructor, the second by the answer). Whoever sets looks again whether what it set
    /// is still true, so that the older of the two never has the last word.
    /// </summary>
    private void Update()
    {
        HostState seen;
        do
        {
            seen = _host!.Current;
            _changed.Note(_addresses.Set(AddressesOf(seen)));
        }
        while (!ReferenceEquals(seen, _host.Current));
    }

    private AddressState AddressesOf(HostState host) => host switch
    {
        HostState.Known known => new AddressState.Known([.. known.Addresses.Select(At)]),
        HostState.NotFound => AddressState.Neg.Instance,
        HostState.Failed failed => new AddressState.Failed(failed.Reason),
        _ => AddressState.Pending.Instance,
    };

    private WeightedAddress At(IPAddress address) => new(new IPEndPoint(address, _port), NameTree.DefaultWeight);
}
