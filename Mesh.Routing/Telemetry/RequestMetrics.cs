using System.Globalization;
using Mesh.Wire.Faults;
using Mesh.Wire.Metrics;

namespace Mesh.Routing.Telemetry;

/// <summary>The series that every viewpoint on a request has in common, resolved.</summary>
/// <remarks>Hot path: instruments only, no lookup, no allocation. Disposing takes the series out of the exposition.</remarks>
public abstract class RequestMetrics : IDisposable, ILateSeries
{
    /// <summary>Status codes with a series of their own; more than HTTP has in use. The rest counts as <see cref="OtherCode"/>.</summary>
    public const int MaxStatusCodes = 64;

    /// <summary>The label of codes beyond <see cref="MaxStatusCodes"/>.</summary>
    public const string OtherCode = "other";

    /// <summary>Kinds of faults, by stage and cause: all that the two enums can make.</summary>
    private const int MaxFaultKinds = 128;

    /// <summary>No status code.</summary>
    private const int OtherCodeKey = -1;

    private static readonly string[] s_classes = ["1xx", "2xx", "3xx", "4xx", "5xx"];

    private readonly RequestFamily _family;
    private readonly Counter?[] _statusClasses = new Counter?[s_classes.Length];
    private readonly CounterSet _codes;
    private readonly CounterSet _faults;
    private Counter? _unanswered;
    private readonly StatusDurations _durations;
    private StreamMetrics? _streams;

    private protected RequestMetrics(MetricRegistry registry, RequestFamily family, LabelSet labels)
    {
        _family = family;
        Labels = labels;
        Scope = registry.OpenScope();
        Success = Scope.Counter(family.Success, family.SuccessHelp, labels);
        Failures = Scope.Counter(family.Failures, family.FailuresHelp, labels);
        _codes = new CounterSet(Scope, family.Codes, family.CodesHelp, labels, CodeLabels, MaxStatusCodes, OtherCodeKey);
        _faults = new CounterSet(Scope, family.Faults, family.FaultsHelp, labels, FaultLabels.Labels, MaxFaultKinds, 0);
        _durations = new StatusDurations(Scope, family.Duration, family.DurationHelp, labels);
        Scope.Later(this);
    }

    /// <summary>Requests that ended, well or badly. Each is one or the other: counting it a third time would cost and tell nothing.</summary>
    public long Requests => Success.Value + Failures.Value;

    public Counter Success { get; }

    public Counter Failures { get; }

    /// <summary>How long requests took, up to now; in nanoseconds.</summary>
    public HistogramSnapshot Latency => _durations.Snapshot();

    /// <summary>Of what came by HTTP/2; made with the first. Two threads may make two of them; the instruments are the same.</summary>
    public StreamMetrics Streams => _streams ??= new StreamMetrics(Scope, Labels, _family.Streams);

    /// <summary>The labels that all these series carry.</summary>
    public LabelSet Labels { get; }

    /// <summary>For further series that live as long as these.</summary>
    public MetricScope Scope { get; }

    /// <summary>Responses of a status code's class; a code outside 100 to 599 counts as 5xx, since no client can make sense of it.</summary>
    public long ResponsesLike(int status) => _statusClasses[ClassOf(status)]?.Value ?? 0;

    /// <summary>Books one finished request.</summary>
    /// <param name="stripe">The calling loop's stripe, or 0.</param>
    /// <param name="status">The response's status code; 0 when there was no response, which then counts in no class.</param>
    /// <param name="success">As the response classifier judged.</param>
    /// <param name="latencyNanoseconds">Since the request's first byte.</param>
    public void Complete(int stripe, int status, bool success, long latencyNanoseconds)
    {
        (success ? Success : Failures).Add(stripe);
        int statusClass = status == 0 ? StatusDurations.Unanswered : ClassOf(status);
        if (status != 0)
        {
            (_statusClasses[statusClass] ?? AddClass(statusClass))?.Add(stripe);
            _codes.Count(stripe, status);
        }
        else
        {
            (_unanswered ?? AddUnanswered())?.Add(stripe);
        }

        _durations.Record(stripe, statusClass, latencyNanoseconds);
    }

    /// <summary>Books one connection whose bytes nobody read, as a request: without a status, and no answer is missed.</summary>
    /// <param name="stripe">The calling loop's stripe, or 0.</param>
    /// <param name="success">It was connected, and ended in order.</param>
    /// <param name="latencyNanoseconds">Until it was connected, or failed.</param>
    public void CompleteOpaque(int stripe, bool success, long latencyNanoseconds)
    {
        (success ? Success : Failures).Add(stripe);
        _durations.Record(stripe, StatusDurations.None, latencyNanoseconds);
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
        Scope.Gauge(_family.Pending, _family.PendingHelp, Labels, read);

    void ILateSeries.Register(MetricScope scope)
    {
        scope.ObservedCounter(_family.Requests, _family.RequestsHelp, Labels, () => Requests);
        for (int i = 0; i < s_classes.Length && _family.ShowsAllClasses; i++) AddClass(i);
        AddUnanswered();
    }

    /// <summary>Removes the series; requests under way may still write to the instruments.</summary>
    public void Dispose()
    {
        Scope.Dispose();
        GC.SuppressFinalize(this);
    }

    private static LabelSet CodeLabels(LabelSet common, int status) =>
        common.With((RoutingMetricLabels.Code, status == OtherCodeKey ? OtherCode : status.ToString(CultureInfo.InvariantCulture)));

    private static int ClassOf(int status)
    {
        uint index = (uint)((status / 100) - 1);
        return index < s_classes.Length ? (int)index : s_classes.Length - 1;
    }

    /// <summary>A class has its series from its first response on, or from when somebody looks. Two threads get the same counter.</summary>
    private Counter? AddClass(int statusClass) => _statusClasses[statusClass] = Find(
        _family.Responses, _family.ResponsesHelp, Labels.With((RoutingMetricLabels.Status, s_classes[statusClass])));

    private Counter? AddUnanswered() => _unanswered = Find(_family.Unanswered, _family.UnansweredHelp, Labels);

    /// <summary>Null after the end.</summary>
    private Counter? Find(string name, string help, LabelSet labels)
    {
        try
        {
            return Scope.Counter(name, help, labels);
        }
        catch (ObjectDisposedException)
        {
            // The series went while a request was under way.
            return null;
        }
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
