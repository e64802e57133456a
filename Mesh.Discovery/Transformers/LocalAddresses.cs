using System.Net;
using System.Net.NetworkInformation;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Names;

namespace Mesh.Discovery.Transformers;

/// <summary>The IP addresses of this machine's interfaces that are up, loopback included; looked at again every half minute.</summary>
/// <remarks>Any thread. A look that fails keeps the last answer.</remarks>
public sealed class LocalAddresses : ILive<HostState>, IDisposable
{
    /// <summary>A node may start before its network does.</summary>
    public static readonly TimeSpan Refresh = TimeSpan.FromSeconds(30);

    private readonly Func<IEnumerable<IPAddress>> _read;
    private readonly LiveValue<HostState> _state;
    private readonly ITimer _timer;

    public LocalAddresses(TimeProvider time)
        : this(time, ReadInterfaces)
    {
    }

    internal LocalAddresses(TimeProvider time, Func<IEnumerable<IPAddress>> read)
    {
        _read = read;
        _state = new LiveValue<HostState>(new HostState.Known([IPAddress.Loopback, IPAddress.IPv6Loopback]));
        Look();
        _timer = time.CreateTimer(static self => ((LocalAddresses)self!).Look(), this, Refresh, Refresh);
    }

    public HostState Current => _state.Current;

    public IDisposable OnChange(Action changed) => _state.OnChange(changed);

    public void Dispose() => _timer.Dispose();

    private static IEnumerable<IPAddress> ReadInterfaces() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(static each => each.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
        .SelectMany(static each => each.GetIPProperties().UnicastAddresses.Select(static address => address.Address));

    private void Look()
    {
        try
        {
            IEnumerable<IPAddress> sorted = _read().Distinct().OrderBy(static address => address.ToString(), StringComparer.Ordinal);
            _state.Set(new HostState.Known([.. sorted]));
        }
        catch (NetworkInformationException)
        {
            // The system would not tell; the next look may.
        }
    }
}
