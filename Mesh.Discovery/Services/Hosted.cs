using System.Net;
using Mesh.Actors.Control;

namespace Mesh.Discovery.Services;

/// <summary>One instance of this node: what is known of it, and what follows for its row. On the control loop.</summary>
/// <param name="registration">As it is now.</param>
/// <param name="former">The same instance in this process' membership before; what it met there counts if it was registered likewise.</param>
internal sealed class Hosted(Registration registration, Hosted? former = null)
{
    public const string Unchecked = "no health check has succeeded yet";

    public Registration Registration { get; set; } = registration;

    /// <summary>The lease is on the node's disk as it is registered.</summary>
    public bool IsKept { get; set; }

    /// <summary>An operator wants it empty.</summary>
    public bool IsDrained { get; set; }

    /// <summary>What checks say; null: none has ended yet.</summary>
    public bool? IsHealthy { get; set; } = registration.Equals(former?.Registration) ? former!.IsHealthy : null;

    /// <summary>What the last bad check met.</summary>
    public string Illness { get; set; } = registration.Equals(former?.Registration) ? former!.Illness : "";

    /// <summary>What the fleet was told last; null: nothing yet.</summary>
    public ServiceInstance? Told { get; set; }

    /// <summary>When it was, in the loop's time.</summary>
    public TimeSpan ToldAt { get; set; }

    /// <summary>A change that waits for the quiet time to be over.</summary>
    public ControlTimer? Later { get; set; }

    /// <summary>When the lease ends, in the loop's time.</summary>
    public TimeSpan Deadline { get; set; }

    public ControlTimer? Expiry { get; set; }

    /// <summary>The row that should be told now.</summary>
    /// <param name="node">This node's label.</param>
    /// <param name="inbound">Its inbound side, and the host that it proves to be of.</param>
    /// <param name="isEnding">The node is about to end.</param>
    /// <param name="now">The wall clock, for people.</param>
    public ServiceInstance Row(string node, (IPEndPoint? At, string? Host) inbound, bool isEnding, DateTimeOffset now)
    {
        (InstanceState state, string reason) = Standing(node, isEnding);
        return new ServiceInstance(Registration.Service, Registration.Id, Registration.App, node)
        {
            Inbound = inbound.At,
            InboundHost = inbound.Host,
            InboundHttp2 = inbound.At is not null,
            Protocol = Registration.Protocol,
            Tags = Registration.Tags,
            Weight = Registration.Weight,
            Zone = Registration.Zone,
            State = state,
            Reason = reason,
            Since = Told?.State == state ? Told.Since : now,
            IsLeased = Registration.Ttl is not null,
        };
    }

    /// <summary>Draining comes before health: whoever drains need not be well. The reason stays that of the moment when the state began.</summary>
    private (InstanceState, string) Standing(string node, bool isEnding)
    {
        if (isEnding) return (InstanceState.Draining, $"node {node} ends");
        if (IsDrained) return (InstanceState.Draining, "drained by an operator");
        if (Registration.Check is null || IsHealthy == true) return (InstanceState.Up, "");
        return (InstanceState.Unhealthy, IsHealthy is null ? Unchecked : Illness);
    }
}
