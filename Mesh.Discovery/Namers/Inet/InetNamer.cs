using System.Globalization;
using System.Net;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Discovery.Namers.Inet;

/// <summary>
/// <c>/$/inet/&lt;host&gt;/&lt;port&gt;[/residual]</c>: an address written into the name; <c>/$/inet/&lt;port&gt;</c> means localhost.
/// IP literals (IPv6 too, colons need no escape) are bound at once; host names live in the <see cref="HostTable"/>.
/// </summary>
/// <remarks>Any thread. A path without a port in place is a failure, as Linkerd looks for a namer class of that name then.</remarks>
public sealed class InetNamer : INamer, IDisposable
{
    private const string LocalHost = "localhost";

    /// <summary>How long a name that nobody watches is still remembered (at most twice this), so that its next watch finds it warm.</summary>
    private static readonly TimeSpan _linger = TimeSpan.FromSeconds(5);

    private readonly HostTable _hosts;
    private readonly Lock _gate = new();
    private readonly Dictionary<Path, InetName> _names = [];
    private readonly ITimer _timer;

    public InetNamer(HostTable hosts, TimeProvider time)
    {
        _hosts = hosts;
        _timer = time.CreateTimer(static self => ((InetNamer)self!).Forget(), this, _linger, _linger);
    }

    public Path Prefix { get; } = Path.Of("$", "inet");

    /// <summary>Names remembered now.</summary>
    internal int Count
    {
        get
        {
            lock (_gate) return _names.Count;
        }
    }

    public INameWatch Lookup(Path residual)
    {
        if (!TryReadTarget(residual, out string host, out int port, out int consumed))
            return new FixedNameWatch(new NameState.Failed($"{Prefix + residual} names no host and port: expected /$/inet/<host>/<port>"));
        InetName name = Acquire(Prefix + residual.Take(consumed), host, port);
        return new FixedNameWatch(NameState.Resolved.To(name.Bound, residual.Drop(consumed)), () => Release(name));
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            foreach (InetName name in _names.Values) name.Dispose();
            _names.Clear();
        }
    }

    /// <summary>Host and port first, the port alone second: <c>/8080/9090</c> is port 9090 of the host called 8080.</summary>
    private static bool TryReadTarget(Path path, out string host, out int port, out int consumed)
    {
        host = path.Count > 1 ? path[0] : LocalHost;
        consumed = 2;
        if (path.Count > 1 && TryReadPort(path[1], out port)) return true;
        host = LocalHost;
        consumed = 1;
        port = 0;
        return path.Count > 0 && TryReadPort(path[0], out port);
    }

    private static bool TryReadPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= IPEndPoint.MaxPort;

    private InetName Acquire(Path id, string host, int port)
    {
        lock (_gate)
        {
            if (!_names.TryGetValue(id, out InetName? name)) _names.Add(id, name = new InetName(id, host, port, _hosts));
            name.Watchers++;
            return name;
        }
    }

    private void Release(InetName name)
    {
        lock (_gate) name.Watchers--;
    }

    private void Forget()
    {
        lock (_gate)
        {
            foreach (InetName name in _names.Values.Where(name => name.Watchers == 0 && !name.IsListenedTo).ToArray())
            {
                _names.Remove(name.Bound.Id);
                name.Dispose();
            }
        }
    }
}
