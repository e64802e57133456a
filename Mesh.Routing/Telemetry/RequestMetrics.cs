using System.Collections.Immutable;
using Mesh.Wire.Faults;
using Mesh.Wire.Metrics;

namespace Mesh.Routing.Telemetry;

/// <summary>The series that every viewpoint on a request has in common, resolved.</summary>
/// <remarks>Hot path: instruments only, no lookup, no allocation. Disposing takes the series out of the exposition.</remarks>
public abstract class RequestMetrics : IDisposable
{
    /// <summary>Status codes with a series of their own; more than HTTP has in use. The rest counts as <see cref="OtherCode"/>.</summary>
    public const int MaxStatusCodes = 64;

    /// <summary>The label of codes beyond <see cref="MaxStatusCodes"/>.</summary>
    public const string OtherCode = "other";

    /// <summary>Kinds of faults, by stage and cause: all that the two enums can make.</summary>
    private const int MaxFaultKinds = 128;

    private const int StatusClasses = 5;

    private readonly RequestFamily _family;
    private readonly ImmutableArray<Counter> _statusClasses;
    private readonly CounterSet _codes;
    private readonly CounterSet _faults;
    private readonly Counter _unanswered;

    private protected RequestMetrics(MetricRegistry registry, RequestFamily family, LabelSet labels)
    {
        _family = family;
        Labels = labels;
        Scope = registry.OpenScope();
        Success = Scope.Counter(family.Success, $"Requests that succeeded, {family.Viewpoint}.", labels);
        Failures = Scope.Counter(family.Failures, $"Requests that failed, {family.Viewpoint}.", labels);

        // Each request is one or the other: counting it a third time would cost and tell nothing.
        Requests = Scope.ObservedCounter(
            family.Requests, $"Requests completed, {family.Viewpoint}.", labels, () => Success.Value + Failures.Value);
        string help = $"Responses by status class, {family.Viewpoint}.";
        _statusClasses =
        [
            .. Enumerable.Range(1, StatusClasses)
                .Select(c => Scope.Counter(family.Responses, help, labels.With((RoutingMetricLabels.Status, $"{c}xx")))),
        ];
        _unanswered = Scope.Counter(family.Unanswered, $"Requests that ended without a response, {family.Viewpoint}.", labels);
        _codes = new CounterSet(
            Scope,
            family.Codes,
            $"Responses by exact status, {family.Viewpoint}.",
            status => labels.With((RoutingMetricLabels.Code, $"{status}")),
            MaxStatusCodes,
            labels.With((RoutingMetricLabels.Code, OtherCode)));
        _faults = new CounterSet(
            Scope,
            family.Faults,
            $"Failures by stage and cause, {family.Viewpoint}.",
            key => FaultLabels.Labels(labels, key),
            MaxFaultKinds,
            FaultLabels.Labels(labels, 0));
        string latencyHelp = $"Time from the first byte of a request to the last of its response, {family.Viewpoint}.";
        Latency = Scope.Histogram(family.Duration, latencyHelp, HistogramUnit.Seconds, labels);
    }

    /// <summary>Requests that ended, well or badly: the sum of the next two, made when somebody looks.</summary>
    public Gauge Requests { get; }

    public Counter Success { get; }

    public Counter Failures { get; }

    /// <summary>In nanoseconds.</summary>
    public Histogram Latency { get; }

    /// <summary>The labels that all these series carry.</summary>
    public LabelSet Labels { get; }

    /// <summary>For further series that live as long as these.</summary>
    public MetricScope Scope { get; }

    /// <summary>The counter of a status code's class; a code outside 100 to 599 counts as 5xx, since no client can make sense of it.</summary>
    public Counter StatusClass(int status)
    {
        uint index = (uint)((status / 100) - 1);
        return _statusClasses[index < StatusClasses ? (int)index : StatusClasses - 1];
    }

    /// <summary>Books one finished request.</summary>
    /// <param name="stripe">The calling loop's stripe, or 0.</param>
    /// <param name="status">The response's status code; 0 when there was no response, which then counts in no class.</param>
    /// <param name="success">As the response classifier judged.</param>
    /// <param name="latencyNanoseconds">Since the request's first byte.</param>
    public void Complete(int stripe, int status, bool success, long latencyNanoseconds)
    {
        (success ? Success : Failures).Add(stripe);
        if (status != 0)
        {
            StatusClass(status).Add(stripe);
            _codes.Count(stripe, status);
        }
        else
        {
            _unanswered.Add(stripe);
        }

        Latency.Record(stripe, latencyNanoseconds);
    }

    /// <summary>Books why a request failed, beside <see cref="Complete"/>. Nothing for <see cref="Fault.None"/>.</summary>
    /// <param name="stripe">The calling loop's stripe, or 0.</param>
    /// <param name="fault">Counted by stage and cause.</param>
    public void CountFault(int stripe, Fault fault)
    {
        if (!fault.IsNone) _faults.Count(stripe, FaultLabels.Key(fault));
    }

    /// <summary>Shows how many requests are under way; without it there is no such series.</summary>
    /// <param name="read">Any thread, quick.</param>
    public void ObservePending(Func<double> read) =>
        Scope.Gauge(_family.Pending, $"Requests under way, {_family.Viewpoint}.", Labels, read);

    /// <summary>Removes the series; requests under way may still write to the instruments.</summary>
    public void Dispose()
    {
        Scope.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>Requests by the service name that they asked for, <c>/svc/users</c>.</summary>
public sealed class ServiceMetrics : RequestMetrics
{
    internal ServiceMetrics(MetricRegistry registry, LabelSet labels)
        : base(registry, RequestFamily.Service, labels)
    {
    }
}

/// <summary>Requests by the destination that they were sent to, <c>/#/io.l5d.fs/users</c>; a retried request counts once an attempt.</summary>
public sealed class DestinationMetrics : RequestMetrics
{
    internal DestinationMetrics(MetricRegistry registry, LabelSet labels)
        : base(registry, RequestFamily.Destination, labels)
    {
    }
}
