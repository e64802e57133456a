using System.Collections.Immutable;
using Mesh.Node.Config;
using Mesh.Wire;
using Mesh.Wire.Exchange;
using Mesh.Wire.Faults;

namespace Mesh.Node.Proxy.Injection;

/// <summary>A service name's drills, ready to be asked of each request: rules in the order of the config.</summary>
/// <remarks>Immutable, any thread. Hot path: a request of a service without drills pays for one look at an empty array.</remarks>
internal sealed class FaultInjection
{
    /// <summary>The response field that tells a drill from the real thing; for aborts it says <c>abort</c>.</summary>
    public const string HeaderName = "l5d-fault-injected";

    private readonly FaultRule[] _rules;

    private FaultInjection(FaultRule[] rules) => _rules = rules;

    /// <summary>No drill.</summary>
    public static FaultInjection None { get; } = new([]);

    public bool IsNone => _rules.Length == 0;

    public static FaultInjection Of(ImmutableArray<FaultInjectionConfig> rules) =>
        rules.IsDefaultOrEmpty ? None : new FaultInjection([.. rules.Select((rule, index) => new FaultRule(rule, index + 1, rules.Length))]);

    /// <summary>
    /// What becomes of a request: the first rule has its way that asks for such a request and for whose share it is drawn. A rule that neither
    /// delays nor aborts exempts its share from those below it. Nothing is allocated.
    /// </summary>
    /// <param name="head">The request.</param>
    /// <param name="random">The caller's own sequence; drawn from once for each rule that matches.</param>
    /// <param name="fault">What to do; default when nothing.</param>
    public bool TryDraw(RequestHead head, ref SplitMix64 random, out InjectedFault fault)
    {
        foreach (FaultRule rule in _rules)
        {
            if (!rule.Matches(head) || random.NextDouble() >= rule.Share) continue;
            fault = new InjectedFault(rule.DelayMs, rule.AbortStatus) { Rule = rule };
            return rule.DelayMs > 0 || rule.AbortStatus > 0;
        }

        fault = default;
        return false;
    }

    /// <summary>The answer to a request that a rule aborts.</summary>
    /// <param name="fault">As drawn, with a status.</param>
    /// <param name="service">The service name, <c>/svc/users</c>.</param>
    /// <remarks>Not retryable, so that the nodes before take it as they would take a backend's failure.</remarks>
    public static FaultReport Report(in InjectedFault fault, string service) => new(
        new Fault(FaultStage.Admit, FaultParty.Node, FaultCause.Injected),
        fault.Rule?.Explain(fault.AbortStatus, service) ?? $"This is a drill: a rule of {service} answers {fault.AbortStatus}; nobody was called.")
    {
        Status = fault.AbortStatus,
    };
}

/// <summary>What a rule does to a request. Default: nothing.</summary>
/// <param name="DelayMs">To wait before anything else, milliseconds; 0: no wait.</param>
/// <param name="AbortStatus">To answer with after that; 0: the request goes on.</param>
internal readonly record struct InjectedFault(int DelayMs, int AbortStatus)
{
    /// <summary>Whose doing it is; null: nobody's.</summary>
    public IDrill? Rule { get; init; }
}
