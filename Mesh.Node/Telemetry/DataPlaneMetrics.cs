using System.Globalization;
using Mesh.Actors;
using Mesh.Node.Hosting;
using Mesh.Node.Proxy;
using Mesh.Routing.Bindings;
using Mesh.Routing.Destinations;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Buffers;
using Mesh.Wire.Loops;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry;

/// <summary>Series of what carries the requests and lives as long as the node: loops, actors, binding caches.</summary>
internal static class DataPlaneMetrics
{
    private const double SecondsPerNanosecond = 1e-9;

    /// <remarks>Before the loops start: a loop reads its turn callback without a fence.</remarks>
    public static void Register(MetricRegistry registry, LoopGroup loops, Func<IReadOnlyList<ActorSystem>> actors, IReadOnlyList<RouterParts> routers)
    {
        foreach (EventLoop loop in loops.Loops) RegisterLoop(registry, loop);
        RegisterBuffers(registry, loops.Buffers);
        registry.ObservedCounter(
            DataPlaneMetricNames.ActorDeadLetters,
            "Messages to actors that had stopped or whose mailbox was full.",
            LabelSet.Empty,
            () => actors().Sum(static system => system.DeadLetterCount));
        registry.ObservedCounter(
            DataPlaneMetricNames.ActorUnhandled,
            "Messages that their actor did not understand.",
            LabelSet.Empty,
            () => actors().Sum(static system => system.UnhandledCount));
        foreach (RouterParts router in routers)
        {
            LabelSet labels = LabelSet.Of((RoutingMetricLabels.Router, router.Config.Label));
            RegisterBindings(registry, labels, router.Router.Bindings);
            RegisterDestinations(registry, labels, router.Destinations);
            registry.Gauge(
                DataPlaneMetricNames.NamerdWatches, "Names and destinations watched at namerd.", labels, () => router.Namerd?.Streams ?? 0);
            registry.Gauge(
                DataPlaneMetricNames.NamerdAway, "How long namerd has not answered.", labels, () => router.Namerd?.Away?.TotalSeconds ?? 0);
            double originator = router.Config.Originator ? 1 : 0;
            registry.Gauge(DataPlaneMetricNames.Originator, "1 where the router is the first of a chain.", labels, () => originator);
        }
    }

    private static void RegisterBuffers(MetricRegistry registry, BufferBudget buffers)
    {
        registry.Gauge(
            DataPlaneMetricNames.BuffersHeld, "Bodies that wait for a slow reader, of all connections.", LabelSet.Empty, () => buffers.Held);
        registry.Gauge(DataPlaneMetricNames.BuffersLimit, "What they may be.", LabelSet.Empty, () => buffers.Limit);
        registry.ObservedCounter(
            DataPlaneMetricNames.BufferShortages, "Times that senders had to wait for memory.", LabelSet.Empty, () => buffers.Shortages);
        Refusals("stream", () => buffers.RefusedStreams);
        Refusals("request", () => buffers.RefusedRequests);

        void Refusals(string kind, Func<double> read) => registry.ObservedCounter(
            DataPlaneMetricNames.BufferRefusals,
            "Requests refused for want of memory.",
            LabelSet.Of((DataPlaneMetricLabels.Kind, kind)),
            read);
    }

    /// <remarks>The histogram costs a turn one delegate call and one record on the loop's own stripe (4 ns).</remarks>
    private static void RegisterLoop(MetricRegistry registry, EventLoop loop)
    {
        LabelSet labels = LabelSet.Of((DataPlaneMetricLabels.Loop, loop.Index.ToString(CultureInfo.InvariantCulture)));
        LoopStatistics statistics = loop.Statistics;
        registry.ObservedCounter(DataPlaneMetricNames.LoopTurns, "Turns of the event loop.", labels, () => statistics.Turns);
        registry.ObservedCounter(
            DataPlaneMetricNames.LoopBusy, "Time that the event loop did not wait.", labels, () => statistics.BusyNs * SecondsPerNanosecond);
        registry.Gauge(
            DataPlaneMetricNames.LoopLag,
            "The longest turn since the last scrape: the most that a ready socket has waited.",
            labels,
            () => statistics.TakeLongestNs(EventLoop.NowNs) * SecondsPerNanosecond);
        Histogram turns = registry.Histogram(
            DataPlaneMetricNames.LoopTurnDuration, "How long turns of the event loop took.", HistogramUnit.Seconds, labels);
        int stripe = loop.Index;
        statistics.OnTurn = lengthNs => turns.Record(stripe, lengthNs);
    }

    private static void RegisterBindings(MetricRegistry registry, LabelSet labels, BindingCache<Backend> bindings)
    {
        registry.Gauge(DataPlaneMetricNames.Bindings, "Service names in the binding cache.", labels, () => bindings.Count);
        registry.ObservedCounter(
            DataPlaneMetricNames.BindingEvictions, "Bindings dropped because the cache was full.", labels, () => bindings.Evictions);
        registry.ObservedCounter(
            DataPlaneMetricNames.OneShotBindings,
            "Requests with a binding of their own because all in the cache were in use.",
            labels,
            () => bindings.OneShots);
        registry.ObservedCounter(DataPlaneMetricNames.BindingMisses, "Requests whose name had no binding.", labels, () => bindings.Misses);
        registry.ObservedCounter(
            DataPlaneMetricNames.BindingExpiries, "Bindings dropped because nobody used them.", labels, () => bindings.Expiries);
    }

    private static void RegisterDestinations(MetricRegistry registry, LabelSet labels, DestinationTable destinations)
    {
        Observe(DataPlaneMetricNames.DestinationMisses, "Destinations made.", () => destinations.Misses);
        Observe(DataPlaneMetricNames.DestinationEvictions, "Idle destinations that made room.", () => destinations.Evictions);
        Observe(DataPlaneMetricNames.DestinationExpiries, "Destinations dropped because nobody held them.", () => destinations.Expiries);
        Observe(DataPlaneMetricNames.OneShotDestinations, "Destinations that the full table could not share.", () => destinations.OneShots);

        void Observe(string name, string help, Func<double> read) => registry.ObservedCounter(name, help, labels, read);
    }
}
