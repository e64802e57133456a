using System.Text;
using Mesh.Routing.Bindings;
using Mesh.Routing.Identifiers;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Exchange;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Proxy;

/// <summary>One configured router at run time: how a request gets its name, what names are bound to, where it is counted.</summary>
internal sealed class Router(
    string label, HeaderTokenIdentifier identifier, BindingCache<Backend> bindings, RouterMetrics metrics, RouterOptions options)
{
    private readonly byte[] _header = Encoding.ASCII.GetBytes(identifier.Header);
    private readonly bool _byAuthority = string.Equals(identifier.Header, HeaderTokenIdentifier.DefaultHeader, StringComparison.OrdinalIgnoreCase);

    public string Label => label;

    public RouterOptions Options => options;

    public BindingCache<Backend> Bindings => bindings;

    public RouterMetrics Metrics => metrics;

    /// <summary>The bytes that name the request; false when it has none. The authority of an absolute target stands for Host.</summary>
    public bool TryIdentify(RequestHead head, out ReadOnlySpan<byte> key)
    {
        if (_byAuthority) key = head.Authority;
        else head.TryGetField(_header, out key);
        return identifier.IsUsable(key);
    }

    /// <summary>The binding of a name, held; made when it is new.</summary>
    public ServiceBinding<Backend> Bind(ReadOnlySpan<byte> key)
    {
        if (bindings.TryGet(key, out ServiceBinding<Backend> binding)) return binding;
        Path name = identifier.PathOf(key);
        return bindings.GetOrAdd(key, name);
    }

    /// <summary>The series and header lines of a service name, made when it first leads somewhere.</summary>
    public ServiceProfile Profile(ServiceBinding<Backend> binding) => binding.Companion as ServiceProfile ?? MakeProfile(binding);

    /// <summary>Apart from <see cref="Profile"/>, whose every call would otherwise pay for this closure.</summary>
    private ServiceProfile MakeProfile(ServiceBinding<Backend> binding) =>
        (ServiceProfile)binding.Accompany(() => new ServiceProfile(binding.Name, metrics));
}

/// <summary>Settings of a router that requests read.</summary>
/// <param name="BindingTimeout">How long a request waits for its name's first binding.</param>
/// <param name="AttemptTimeoutNs">From sending a request to the head of its response; <see cref="Wire.Loops.LoopTimer.Never"/> for none.</param>
internal sealed record RouterOptions(TimeSpan BindingTimeout, long AttemptTimeoutNs);

/// <summary>What a bound service name carries: its series and its header line.</summary>
internal sealed class ServiceProfile(Path name, RouterMetrics metrics) : IDisposable
{
    public ServiceMetrics Metrics { get; } = metrics.ForService(name.ToString());

    /// <summary><c>l5d-dst-service</c> with the service name.</summary>
    public byte[] RequestLines { get; } = Encoding.Latin1.GetBytes($"l5d-dst-service: {name}\r\n");

    public void Dispose() => Metrics.Dispose();
}
