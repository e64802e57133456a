using System.Collections.Immutable;
using System.Text;
using Mesh.Node.Config;
using Mesh.Routing.Bindings;
using Mesh.Routing.Identifiers;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Exchange;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Proxy;

/// <summary>One configured router at run time: how a request gets its name, what names are bound to, where it is counted.</summary>
internal sealed class Router(
    string label, ImmutableArray<HeaderTokenIdentifier> identifiers, BindingCache<Backend> bindings, RouterMetrics metrics,
    Func<Path, ServiceSettings> services, TimeSpan bindingTimeout)
{
    /// <summary>The headers that name requests, by identifier; null where it is the authority.</summary>
    private readonly byte[]?[] _headers = [.. identifiers.Select(HeaderOf)];

    public string Label => label;

    /// <summary>How long a request waits for its name's first binding.</summary>
    public TimeSpan BindingTimeout { get; set; } = bindingTimeout;

    public BindingCache<Backend> Bindings => bindings;

    public RouterMetrics Metrics => metrics;

    /// <summary>The headers that can name a request, in the order in which they are asked, for messages.</summary>
    public string NamingHeaders => string.Join(" or ", identifiers.Select(static identifier => identifier.Header));

    /// <summary>
    /// The bytes that name the request, by the first identifier that finds some; false when none does. The authority of an absolute target
    /// stands for Host.
    /// </summary>
    public bool TryIdentify(RequestHead head, out ReadOnlySpan<byte> key)
    {
        key = default;
        for (int i = 0; i < _headers.Length; i++)
        {
            if (_headers[i] is not { } header) key = head.Authority;
            else if (!head.TryGetField(header, out key)) continue;
            if (identifiers[i].IsUsable(key)) return true;
        }

        return false;
    }

    /// <summary>The binding of a name, held; made when it is new.</summary>
    /// <remarks>All identifiers put the same prefix before the same bytes, so that one key is one name, whoever found it.</remarks>
    public ServiceBinding<Backend> Bind(ReadOnlySpan<byte> key)
    {
        if (bindings.TryGet(key, out ServiceBinding<Backend> binding)) return binding;
        Path name = identifiers[0].PathOf(key);
        return bindings.GetOrAdd(key, name);
    }

    /// <summary>The series and header lines of a service name, made when it first leads somewhere.</summary>
    public ServiceProfile Profile(ServiceBinding<Backend> binding) => binding.Companion as ServiceProfile ?? MakeProfile(binding);

    private static byte[]? HeaderOf(HeaderTokenIdentifier identifier) =>
        string.Equals(identifier.Header, HeaderTokenIdentifier.DefaultHeader, StringComparison.OrdinalIgnoreCase)
            ? null
            : Encoding.ASCII.GetBytes(identifier.Header);

    /// <summary>Apart from <see cref="Profile"/>, whose every call would otherwise pay for this closure.</summary>
    private ServiceProfile MakeProfile(ServiceBinding<Backend> binding)
    {
        var profile = (ServiceProfile)binding.Accompany(() => new ServiceProfile(binding.Name, metrics, services(binding.Name)));
        // A reload that went through all profiles before this one could be seen has changed the settings meanwhile: they are read again.
        profile.Settings = services(binding.Name);
        return profile;
    }
}

/// <summary>What a bound service name carries: its series, its header line, and how it is treated.</summary>
internal sealed class ServiceProfile(Path name, RouterMetrics metrics, ServiceSettings settings) : IDisposable
{
    private volatile ServiceSettings _settings = settings;

    /// <summary>What of the config requests read; a reload replaces it.</summary>
    public ServiceSettings Settings
    {
        get => _settings;
        set => _settings = value;
    }

    public ServiceMetrics Metrics { get; } = metrics.ForService(name.ToString());

    /// <summary><c>l5d-dst-service</c> with the service name.</summary>
    public byte[] RequestLines { get; } = Encoding.Latin1.GetBytes($"l5d-dst-service: {name}\r\n");

    public void Dispose() => Metrics.Dispose();
}

/// <summary>Settings of a service name that requests read.</summary>
/// <param name="TotalTimeoutNs">
/// From a request's first byte to its response head; <see cref="Wire.Loops.LoopTimer.Never"/> where none is written.
/// </param>
/// <param name="Classifier">Which responses count as failures.</param>
internal sealed record ServiceSettings(long TotalTimeoutNs, ResponseClassifier Classifier);
