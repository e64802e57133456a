using Mesh.Routing.Telemetry;

namespace Mesh.Node.Telemetry;

/// <summary>
/// What other nodes' inbound sides tell of the apps of a destination: with it, the time that lies between the nodes can be told from the app's own.
/// The series are there from the first word on.
/// </summary>
/// <remarks>Any thread.</remarks>
internal sealed class AppLatency(DestinationMetrics metrics)
{
    private long _responses;
    private long _microseconds;
    private int _isShown;

    /// <summary>One response came, and its app had taken so long for its head.</summary>
    public void Note(long microseconds)
    {
        Interlocked.Increment(ref _responses);
        Interlocked.Add(ref _microseconds, microseconds);
        if (Volatile.Read(ref _isShown) == 0 && Interlocked.Exchange(ref _isShown, 1) == 0) Show();
    }

    private void Show()
    {
        try
        {
            metrics.Scope.ObservedCounter(
                DataPlaneMetricNames.AppResponses, "Responses whose node told how long the app took.", metrics.Labels,
                () => Interlocked.Read(ref _responses));
            metrics.Scope.ObservedCounter(
                DataPlaneMetricNames.AppSeconds, "What these apps took up to the heads of their responses.", metrics.Labels,
                () => Interlocked.Read(ref _microseconds) * 1e-6);
        }
        catch (ObjectDisposedException)
        {
            // The series went while a request was under way.
        }
    }
}
