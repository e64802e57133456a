using System.Globalization;
using Mesh.Node.Config;
using Mesh.Wire.Exchange;

namespace Mesh.Node.Proxy.Injection;

/// <summary>One rule of a drill, compiled.</summary>
/// <param name="config">As written.</param>
/// <param name="number">Its place among the rules of the service, from 1.</param>
/// <param name="count">How many these are.</param>
internal sealed class FaultRule(FaultInjectionConfig config, int number, int count) : IDrill
{
    private readonly HeaderMatch? _header = config.Header is { } name ? new HeaderMatch(name, config.Value) : null;

    /// <summary>Of the requests that match, 0 (never) to 1 (always).</summary>
    public double Share { get; } = config.Share;

    public int DelayMs { get; } = config.DelayMs ?? 0;

    public int AbortStatus { get; } = config.AbortStatus ?? 0;

    /// <remarks>Hot path: allocates nothing.</remarks>
    public bool Matches(RequestHead head) => _header is null || _header.Matches(head);

    public string Explain(int status, string service) =>
        $"This is a drill: {this} of {service} answers {status} in the backend's place; nobody was called. "
        + "To end it, take the rule out of that service's faultInjection (or set its share to 0) in the config of this node, and reload.";

    /// <summary>For people: <c>faultInjection rule 1 of 2 (share 0.1, header x-drill: on)</c>.</summary>
    public override string ToString()
    {
        string value = config.Value is { } written ? $": {written}" : "";
        string header = config.Header is { } name ? $", header {name}{value}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"faultInjection rule {number} of {count} (share {Share}{header})");
    }
}
