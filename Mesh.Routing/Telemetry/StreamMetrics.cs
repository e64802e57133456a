using Mesh.Wire.Metrics;

namespace Mesh.Routing.Telemetry;

/// <summary>
/// How much requests of HTTP/2 and their responses carry, how long they last, and whether they end in order, from one viewpoint. A series is there
/// from the first such stream on.
/// </summary>
/// <remarks>
/// Hot path: an instrument is found by its number; one record each, when a stream is over. Bodies that ended well and those that were broken off have
/// distributions of their own: streams that all break at the same age have met a time limit. Any thread.
/// </remarks>
public sealed class StreamMetrics
{
    private const int RequestBytes = 0;
    private const int ResponseBytes = 1;
    private const int RequestDuration = 2;
    private const int ResponseDuration = 4;
    private const int Duration = 6;
    private const int SeriesCount = 8;

    private static readonly (string, string) s_whole = (RoutingMetricLabels.End, "whole");
    private static readonly (string, string) s_reset = (RoutingMetricLabels.End, "reset");

    private readonly MetricScope _scope;
    private readonly LabelSet _labels;
    private readonly StreamFamily _family;
    private readonly Histogram?[] _series = new Histogram?[SeriesCount];

    internal StreamMetrics(MetricScope scope, LabelSet labels, StreamFamily family)
    {
        _scope = scope;
        _labels = labels;
        _family = family;
    }

    /// <summary>Books a stream that is over.</summary>
    /// <param name="stripe">The calling loop's stripe, or 0.</param>
    /// <param name="stream">What passed on it.</param>
    public void Complete(int stripe, in StreamRecord stream)
    {
        if (_family.Bodies is not null)
        {
            Of(RequestBytes)?.Record(stripe, stream.Request.Bytes);
            Of(RequestDuration, stream.Request.IsWhole)?.Record(stripe, stream.Request.DurationNs);
            if (stream.Response is { } response)
            {
                Of(ResponseBytes)?.Record(stripe, response.Bytes);
                Of(ResponseDuration, response.IsWhole)?.Record(stripe, response.DurationNs);
            }
        }

        // Last: whoever finds a stream counted finds its bodies counted.
        Of(Duration, stream.IsWhole)?.Record(stripe, stream.DurationNs);
    }

    private Histogram? Of(int what, bool isWhole = true)
    {
        int index = isWhole ? what : what + 1;
        return Volatile.Read(ref _series[index]) ?? Register(what, index);
    }

    /// <summary>Two threads get the same series, since the registry knows it by name and labels; null after the scope's end.</summary>
    private Histogram? Register(int what, int index)
    {
        try
        {
            Histogram made = Make(what, _labels.With(index == what ? s_whole : s_reset));
            Volatile.Write(ref _series[index], made);
            return made;
        }
        catch (ObjectDisposedException)
        {
            // The series went while a stream was open.
            return null;
        }
    }

    private Histogram Make(int what, LabelSet ended)
    {
        const HistogramUnit bytes = HistogramUnit.Bytes, seconds = HistogramUnit.Seconds;
        string of = _family.Viewpoint;
        if (what == Duration) return _scope.Histogram(_family.Duration, $"How long streams of HTTP/2 were open, {of}.", seconds, ended);
        BodyFamily bodies = _family.Bodies!;
        return what switch
        {
            RequestBytes => _scope.Histogram(bodies.RequestBytes, $"Payload of requests of HTTP/2, {of}.", bytes, _labels),
            ResponseBytes => _scope.Histogram(bodies.ResponseBytes, $"Payload of responses to requests of HTTP/2, {of}.", bytes, _labels),
            RequestDuration => _scope.Histogram(bodies.RequestDuration, $"How long requests of HTTP/2 were sent, {of}.", seconds, ended),
            _ => _scope.Histogram(bodies.ResponseDuration, $"How long responses were sent after their heads, {of}.", seconds, ended),
        };
    }
}
