using System.Text;
using Mesh.Node.Telemetry;
using Mesh.Routing.Destinations;
using Mesh.Routing.Telemetry;

namespace Mesh.Node.Proxy;

/// <summary>A destination as the request path uses it: endpoints to pick from, series to count in, header lines ready to send.</summary>
internal sealed class Backend(Destination destination, DestinationMetrics metrics, BackendSettings settings)
{
    private volatile BackendSettings _settings = settings;

    /// <summary>What of the config requests read; a reload replaces it.</summary>
    public BackendSettings Settings
    {
        get => _settings;
        set => _settings = value;
    }

    public Destination Destination { get; } = destination;

    public DestinationMetrics Metrics { get; } = metrics;

    public DestinationSeries Series { get; } = new(metrics, destination);

    /// <summary>The client name, <c>/#/io.l5d.fs/users</c>.</summary>
    public string Id { get; } = destination.Id.ToString();

    /// <summary><c>l5d-dst-client</c> with the client name.</summary>
    public byte[] RequestLines { get; } = Encoding.Latin1.GetBytes($"l5d-dst-client: {destination.Id}\r\n");
}

/// <summary>Settings of a destination that requests read.</summary>
/// <param name="AttemptTimeoutNs">
/// From sending a request to the head of its response; <see cref="Wire.Loops.LoopTimer.Never"/> where none is written.
/// </param>
internal sealed record BackendSettings(long AttemptTimeoutNs);
