using System.Collections.Immutable;
using System.Globalization;
using Mesh.Actors;
using Mesh.Node.Hosting;
using Mesh.Routing.Accrual;
using Mesh.Routing.Destinations;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Loops;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Demo;

/// <summary>Turns what has been counted since the start into frames of what happened in between.</summary>
/// <remarks>One caller at a time. Services come from the node's own registry, breakers from the destinations' actors.</remarks>
internal sealed class DemoSampler(NodeHost host, DemoServices services)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly long _startNs = EventLoop.NowNs - (services.Elapsed.Ticks * TimeSpan.NanosecondsPerTick);
    private readonly Dictionary<string, TrafficCount> _before = [];
    private TimeSpan _at = services.Elapsed;
    private long _told;

    /// <summary>The node's view of each destination, such as <c>/#/io.l5d.fs/world</c>.</summary>
    public IReadOnlyList<Destination> Destinations => host.Routers[0].Destinations.All();

    /// <summary>What came since the frame before, or since the start.</summary>
    public async Task<DemoFrame> NextAsync(bool sinceStart = false)
    {
        if (sinceStart)
        {
            _before.Clear();
            _at = TimeSpan.Zero;
        }

        List<DestinationStatus> states = [];
        foreach (Destination destination in Destinations)
            if (await AskAsync(destination).ConfigureAwait(false) is { } status)
                states.Add(status);
        TimeSpan now = services.Elapsed;
        TimeSpan span = now - _at;
        _at = now;
        ImmutableArray<ServiceRow> byName = [.. Services().Select(pair => new ServiceRow(pair.Name, Since(pair.Name, pair.Count, span)))];
        return new DemoFrame(now, span, byName, Instances(states, span), Events(states));
    }

    /// <summary>A service's count since the start; nothing before its first request.</summary>
    public TrafficCount Service(string name) => Services().FirstOrDefault(pair => pair.Name == name).Count ?? TrafficCount.None;

    private static async Task<DestinationStatus?> AskAsync(Destination destination)
    {
        if (destination.Actor is not { } actor) return null;
        try
        {
            return await actor.Ask<DestinationStatus>(GetDestinationStatus.Instance, s_patience).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            // Restarting or just let go: the next frame asks again.
            return null;
        }
    }

    private IEnumerable<(string Name, TrafficCount Count)> Services()
    {
        ImmutableArray<MetricFamily> families = host.Registry.Families();
        Dictionary<LabelSet, Instrument> success = Series(families, RoutingMetricNames.ServiceSuccess);
        MetricFamily? durations = families.FirstOrDefault(static family => family.Name == RoutingMetricNames.ServiceDuration);
        foreach ((LabelSet labels, Instrument requests) in Series(families, RoutingMetricNames.ServiceRequests))
        {
            long count = (long)((Gauge)requests).Value;
            if (count == 0 || !success.TryGetValue(labels, out Instrument? good)) continue;
            string name = labels.Labels.First(static label => label.Name == RoutingMetricLabels.Service).Value;
            yield return (name, new TrafficCount(count, ((Counter)good).Value, DurationsOf(labels, durations?.Series ?? [])));
        }
    }

    /// <summary>Whatever status they had.</summary>
    private static HistogramSnapshot DurationsOf(LabelSet labels, ImmutableArray<MetricSeries> durations) => durations
        .Where(series => labels.Labels.All(label => series.Labels.Labels.Contains(label)))
        .Aggregate(HistogramSnapshot.Empty, static (all, series) => all.Merge(((Histogram)series.Instrument).Snapshot()));

    private static Dictionary<LabelSet, Instrument> Series(ImmutableArray<MetricFamily> families, string name)
    {
        MetricFamily? family = families.FirstOrDefault(family => family.Name == name);
        return family?.Series.ToDictionary(static series => series.Labels, static series => series.Instrument) ?? [];
    }

    private ImmutableArray<InstanceRow> Instances(List<DestinationStatus> states, TimeSpan span)
    {
        Dictionary<int, EndpointStatus> known = [];
        foreach (EndpointStatus endpoint in states.SelectMany(static state => state.Endpoints)) known[endpoint.Address.Port] = endpoint;
        ImmutableArray<InstanceRow>.Builder rows = ImmutableArray.CreateBuilder<InstanceRow>();
        foreach (DemoInstance instance in services.Instances)
        {
            known.Remove(instance.EndPoint.Port, out EndpointStatus? endpoint);
            rows.Add(Row(instance.Name, instance.EndPoint.ToString(), endpoint, Since(instance.Name, instance.Count, span)));
        }

        foreach (DestinationStatus state in states)
            foreach (EndpointStatus guest in state.Endpoints.Where(endpoint => known.ContainsKey(endpoint.Address.Port)))
                rows.Add(Row($"{state.Id[^1]} ?", guest.Address.ToString(), guest, null));
        return rows.DrainToImmutable();
    }

    private static InstanceRow Row(string name, string address, EndpointStatus? endpoint, TrafficLine? traffic) => new(
        name,
        address,
        endpoint is null ? "unlisted" : Word(endpoint.Phase),
        endpoint?.InFlight,
        endpoint is { Latency.Ticks: > 0 } ? endpoint.Latency.TotalMilliseconds : null,
        traffic);

    private static string Word(BreakerPhase phase) => phase switch
    {
        BreakerPhase.Alive => "alive",
        BreakerPhase.Dead => "dead",
        _ => "probing",
    };

    private ImmutableArray<string> Events(List<DestinationStatus> states)
    {
        IEnumerable<EndpointTransition> recent = states.SelectMany(static state => state.Recent);
        List<EndpointTransition> fresh = [.. recent.Where(move => move.AtNs > _told).OrderBy(static move => move.AtNs)];
        if (fresh.Count > 0) _told = fresh[^1].AtNs;
        return [.. fresh.Select(Tell)];
    }

    private string Tell(EndpointTransition move)
    {
        string who = services.Instances.FirstOrDefault(instance => instance.EndPoint.Equals(move.Endpoint))?.Name ?? move.Endpoint.ToString();
        string what = move.Move switch
        {
            EndpointMove.Died => "too many failures in a row: out of the balancer",
            EndpointMove.Revived => "its probe came back well: takes traffic again",
            EndpointMove.ProbeFailed => "its probe failed: rests on",
            EndpointMove.Sickened => "its health check failed: out of the balancer",
            EndpointMove.Recovered => "its health check is well again: takes traffic",
            _ => "its probe was cut short",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{(move.AtNs - _startNs) / 1e9,6:0.0} s  {who}: {what}");
    }

    private TrafficLine Since(string who, TrafficCount count, TimeSpan span)
    {
        TrafficLine line = count.Since(_before.GetValueOrDefault(who, TrafficCount.None), span);
        _before[who] = count;
        return line;
    }
}
