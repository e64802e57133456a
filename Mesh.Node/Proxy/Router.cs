using System.Collections.Immutable;
using System.Text;
using Mesh.Node.Proxy.Policies;
using Mesh.Node.Proxy.RateLimits;
using Mesh.Routing.Bindings;
using Mesh.Routing.Dtabs;
using Mesh.Routing.Identifiers;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Proxy;

/// <summary>One configured router at run time: how a request gets its name, what names are bound to, where it is counted.</summary>
internal sealed class Router(
    string label, IdentifierList identifiers, BindingCache<Backend> bindings, RouterMetrics metrics,
    RateLimitTable rateLimits, Func<Path, ServiceSettings> services, TimeSpan bindingTimeout, Action<Exception> onBug)
{
    /// <summary>What servers with cleared context name requests by.</summary>
    private readonly IdentifierList _unbelieving = identifiers.WithoutContext();

    public string Label => label;

    /// <summary>How long a request waits for its name's first binding; a reload may replace it.</summary>
    public TimeSpan BindingTimeout { get; set; } = bindingTimeout;

    /// <summary>How long a request waits for its name's first binding: not longer than its caller waits, nor its service may take.</summary>
    public TimeSpan BindingTimeoutOf(ServiceBinding<Backend> binding, TimeSpan left)
    {
        long totalNs = services(binding.Name).TotalTimeoutNs;
        TimeSpan total = totalNs == LoopTimer.Never ? TimeSpan.MaxValue : TimeSpan.FromTicks(totalNs / TimeSpan.NanosecondsPerTick);
        return TimeSpan.FromTicks(Math.Min(Math.Min(left.Ticks, total.Ticks), BindingTimeout.Ticks));
    }

    public BindingCache<Backend> Bindings => bindings;

    /// <summary>Copies of requests on their way.</summary>
    public Mirrors Mirrors { get; } = new(bindings, onBug);

    /// <summary>Cold: of a name without a profile yet.</summary>
    public ServicePolicies? PoliciesOf(ServiceBinding<Backend> binding) => services(binding.Name).Policies;

    public RouterMetrics Metrics => metrics;

    /// <summary>
    /// The bytes that name the request and the rules that it brings; false when it has no name, or the rules are too long. Nothing is
    /// allocated.
    /// </summary>
    public bool TryIdentify(RequestHead head, bool ignoresContext, out Identification found, out ReadOnlySpan<byte> overrides)
    {
        overrides = default;
        return ignoresContext
            ? _unbelieving.TryIdentify(head, out found)
            : identifiers.TryIdentify(head, out found) && DtabOverrides.TryRead(head, out overrides);
    }

    /// <summary>The binding of a name that is not in the cache, made and held; null when the request is refused.</summary>
    public ServiceBinding<Backend>? BindCold(in Identification found, in BindingKey key, out FaultReport refusal)
    {
        refusal = default;
        if (!identifiers.TryName(found, out Path? name, out string? fault) || !DtabOverrides.TryParse(key.Overrides, out Dtab? overrides, out fault))
        {
            refusal = RouteFaults.Unidentified(this, fault);
            return null;
        }

        return bindings.GetOrAdd(key, name, overrides);
    }

    /// <summary>The binding of what has a name already, held.</summary>
    public ServiceBinding<Backend> BindCold(Path name)
    {
        BindingKey key = new(Encoding.UTF8.GetBytes(name.ToString()), ConnectionIdentifierList.KeyOwner);
        return bindings.TryGet(key, out ServiceBinding<Backend> binding) ? binding : bindings.GetOrAdd(key, name);
    }

    /// <summary>Why <see cref="TryIdentify"/> found nothing.</summary>
    public FaultReport Refuse(RequestHead head, bool ignoresContext)
    {
        IdentifierList asked = ignoresContext ? _unbelieving : identifiers;
        string why = asked.TryIdentify(head, out _) ? $"its override dtab is longer than {DtabOverrides.MaxBytes} bytes" : asked.Explain(head);
        return RouteFaults.Unidentified(this, why);
    }

    /// <summary>What each identifier makes of a request, for people who ask.</summary>
    public ImmutableArray<IdentifierTry> TryIdentifiers(RequestHead head, bool ignoresContext) =>
        (ignoresContext ? _unbelieving : identifiers).Try(head);

    /// <summary>The series and header lines of a service name, made when it first leads somewhere.</summary>
    public ServiceProfile Profile(ServiceBinding<Backend> binding) => binding.Companion as ServiceProfile ?? MakeProfile(binding);

    /// <summary>Apart from <see cref="Profile"/>, whose every call would otherwise pay for this closure.</summary>
    private ServiceProfile MakeProfile(ServiceBinding<Backend> binding)
    {
        var profile = (ServiceProfile)binding.Accompany(() =>
        {
            ServiceProfile made = new(binding.Name, binding.Overrides, metrics, rateLimits, services(binding.Name));
            made.Metrics.ObservePending(() => binding.InUse);
            return made;
        });

        // A reload that went through all profiles before this one could be seen has changed the settings meanwhile: they are read again.
        profile.Refresh(services);
        return profile;
    }
}
