using System.Net;
using Mesh.Actors;

namespace Mesh.Discovery.Services;

/// <summary>What this node is told of an instance that it hosts, by its config or by a caller. Compared by value.</summary>
/// <param name="Service">In lower case.</param>
/// <param name="Id">Tells it from the service's others on this node.</param>
/// <param name="App">Where this node reaches it.</param>
public sealed record Registration(string Service, string Id, IPEndPoint App)
{
    public static readonly TimeSpan DefaultTtl = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan ShortestTtl = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan LongestTtl = TimeSpan.FromHours(1);

    public const double LeastWeight = 0.001;
    public const double MostWeight = 1000;

    public string Protocol { get; init; } = ServiceInstance.Http;

    /// <summary>In lower case.</summary>
    public EquatableList<string> Tags { get; init; } = [];

    public double Weight { get; init; } = 1;

    public string Zone { get; init; } = "";

    /// <summary>Null: nobody checks, it is up while it is registered.</summary>
    public InstanceCheck? Check { get; init; }

    /// <summary>How long it stays without a renewal; null: as long as the config says so.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>Where and how it is checked is the same, so that what is known of its health holds.</summary>
    public bool IsCheckedLike(Registration other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return App.Equals(other.App) && Check == other.Check;
    }

    public string Key => ServiceInstance.KeyOf(Service, Id);
}

/// <summary>How an instance's node finds out whether it works. Ranges are those of <c>healthCheck</c> in the config.</summary>
/// <param name="Path">GET it and expect 2xx or 3xx; null: a TCP connection is enough.</param>
/// <param name="Host">The Host of the check; null: the address.</param>
/// <param name="Port">Null: the app's own.</param>
/// <param name="IntervalMs">Between two checks, milliseconds.</param>
/// <param name="TimeoutMs">For a whole check, milliseconds.</param>
/// <param name="HealthyThreshold">Good ones in a row that bring it back.</param>
/// <param name="UnhealthyThreshold">Bad ones in a row that take it out.</param>
public sealed record InstanceCheck(
    string? Path, string? Host, int? Port, int IntervalMs, int TimeoutMs, int HealthyThreshold, int UnhealthyThreshold);
