using System.Globalization;
using Mesh.Node.Config;
using Mesh.Node.Proxy.Injection;
using Mesh.Wire;

namespace Mesh.Node.Proxy.Policies;

/// <summary>A drill of a rule: a share of the requests is delayed, a share aborted.</summary>
/// <param name="config">As written.</param>
/// <param name="rule">Which rule, for people: <c>rule 2 of namespace web</c>.</param>
internal sealed class FaultPolicy(PolicyFaultConfig config, string rule) : IDrill
{
    /// <remarks>Hot path: draws twice, allocates nothing.</remarks>
    public bool TryDraw(ref SplitMix64 random, out InjectedFault fault)
    {
        int delay = random.NextDouble() * 100 < config.DelayPercent ? config.DelayMs : 0;
        int abort = random.NextDouble() * 100 < config.AbortPercent ? config.AbortStatus : 0;
        fault = new InjectedFault(delay, abort) { Rule = this };
        return delay > 0 || abort > 0;
    }

    public string Explain(int status, string service) => string.Create(
        CultureInfo.InvariantCulture,
        $"This is a drill: `fault` of policy {rule} answers {status} in place of {service}; nobody was called. Take it out of the rule to end it.");
}
