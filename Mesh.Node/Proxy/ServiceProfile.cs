using System.Collections.Immutable;
using System.Text;
using Mesh.Node.Config;
using Mesh.Node.Proxy.Injection;
using Mesh.Node.Proxy.Policies;
using Mesh.Node.Proxy.RateLimits;
using Mesh.Node.Proxy.Retries;
using Mesh.Node.Telemetry;
using Mesh.Routing.Dtabs;
using Mesh.Routing.Retries;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Loops;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Proxy;

/// <summary>What a bound service name carries: its series, its header line, its budget, and how it is treated.</summary>
internal sealed class ServiceProfile : IDisposable
{
    private readonly Path _name;
    private readonly RateLimitTable _rateLimits;
    private readonly Lock _gate = new();
    private readonly Lock _refreshing = new();
    private volatile ServiceSettings _settings;
    private volatile ServiceLimits _limits = ServiceLimits.None;
    private RetryBudget? _budget;
    private ImmutableArray<ServiceRateLimitConfig> _shown = [];
    private bool _disposed;

    public ServiceProfile(Path name, Dtab overrides, RouterMetrics metrics, RateLimitTable rateLimits, ServiceSettings settings)
    {
        _name = name;
        _rateLimits = rateLimits;
        _settings = settings;
        Metrics = metrics.ForService(name.ToString());
        Series = new ServiceSeries(Metrics, () => _budget);
        Pairs = new ServicePairs(metrics, name.ToString());
        RequestLines = Encoding.Latin1.GetBytes($"l5d-dst-service: {name}\r\n");
        ContextLines = overrides.Dentries.IsEmpty ? null : Encoding.Latin1.GetBytes($"l5d-ctx-dtab: {overrides}\r\n");
        TakeLimits();
    }

    /// <summary>What of the config requests read; a reload replaces it.</summary>
    public ServiceSettings Settings => _settings;

    /// <summary>Takes over the settings of now: of two who do so at once, the later one has read them later too.</summary>
    public void Refresh(Func<Path, ServiceSettings> read)
    {
        lock (_refreshing)
        {
            ServiceSettings now = read(_name);
            now.Policies?.TakeOver(_settings.Policies);
            _settings = now;
            if (Volatile.Read(ref _budget) is { } budget) budget.Config = now.RetryBudget;
            TakeLimits();
        }
    }

    /// <summary>How fast its requests may come; shared by all bindings of the name.</summary>
    public ServiceLimits Limits => _limits;

    public ServiceMetrics Metrics { get; }

    public ServiceSeries Series { get; }

    /// <summary>Pays for its retries; made when somebody may need it, since most names never do.</summary>
    public RetryBudget Budget => Volatile.Read(ref _budget) ?? MakeBudget();

    /// <summary>Its series with each destination.</summary>
    public ServicePairs Pairs { get; }

    /// <summary><c>l5d-dst-service</c> with the service name.</summary>
    public byte[] RequestLines { get; }

    /// <summary><c>l5d-ctx-dtab</c> with all rules that the request brought, for the nodes behind; null when it brought none.</summary>
    public byte[]? ContextLines { get; }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _rateLimits.Release(_limits);
            _limits = ServiceLimits.None;
        }

        Pairs.Dispose();
        Metrics.Dispose();
    }

    private void TakeLimits()
    {
        lock (_gate)
        {
            if (_disposed) return;
            if (_settings.RateLimits.SequenceEqual(_shown)) return;
            _shown = _settings.RateLimits;
            _limits = _rateLimits.Reconfigure(_limits, _name, _shown);
            LimitSeries.Observe(Metrics.Scope, Metrics.Labels, _limits);
        }
    }

    private RetryBudget MakeBudget()
    {
        RetryBudget made = new(_settings.RetryBudget, EventLoop.NowNs);
        RetryBudget budget = Interlocked.CompareExchange(ref _budget, made, null) ?? made;

        // A reload that came between the look at the settings and the exchange has not seen it.
        budget.Config = _settings.RetryBudget;
        return budget;
    }
}

/// <summary>Settings of a service name that requests read.</summary>
/// <param name="TotalTimeoutNs">
/// From a request's first byte to its response head; <see cref="LoopTimer.Never"/> where none is written.
/// </param>
/// <param name="Classifier">Which responses count as failures, and which may be tried again.</param>
/// <param name="Retries">How they are.</param>
/// <param name="RetryBudget">Of <see cref="ServiceProfile.Budget"/>.</param>
/// <param name="RateLimits">Of <see cref="ServiceProfile.Limits"/>.</param>
/// <param name="Injection">Its drills.</param>
/// <param name="Grpc">How gRPC calls are judged; null: nothing is written of them.</param>
/// <param name="Policies">What else is done with its requests; null: nothing.</param>
internal sealed record ServiceSettings(
    long TotalTimeoutNs,
    ResponseClassifier Classifier,
    RetrySettings Retries,
    RetryBudgetConfig RetryBudget,
    ImmutableArray<ServiceRateLimitConfig> RateLimits,
    FaultInjection Injection,
    GrpcClassifier? Grpc = null,
    ServicePolicies? Policies = null)
{
    public static ServiceSettings Of(ServiceConfig config, ServicePolicies? policies = null) => new(
        LoopTimes.Nanoseconds(config.TotalTimeout),
        config.Classifier,
        new RetrySettings(
            config.Retries.MaxRetries,
            config.Retries.Backoff,
            config.Retries.MaxBufferBytes,
            config.Retries.HedgeDelayMs is { } ms ? ms * 1_000_000L : LoopTimer.Never)
        {
            MaxResponseBufferBytes = config.Retries.MaxResponseBufferBytes,
            ClassificationNs = config.Retries.ClassificationTimeoutMs * 1_000_000L,
        },
        config.Retries.Budget,
        config.RateLimits,
        FaultInjection.Of(config.FaultInjection),
        config.Grpc,
        policies);
}
