using System.Collections.Immutable;
using Mesh.Node.Config;
using Mesh.Routing.Retries;
using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;

namespace Mesh.Node.Proxy.Policies;

/// <summary>The rules of one service name. Immutable, any thread.</summary>
/// <remarks>Hot path: a request is compared with all rules in their order; nothing is allocated.</remarks>
internal sealed class ServicePolicies
{
    private readonly RoutePolicy[] _rules;
    private readonly Treatment?[] _treatments;

    public ServicePolicies(ImmutableArray<RoutePolicy> rules, ServiceConfig config)
    {
        _rules = [.. rules];
        _treatments = [.. rules.Select(rule => rule.Resilience is { } resilience ? Treatment.Of(resilience, config) : null)];
    }

    /// <summary>What is done with a request: of each action the first rule that matches and has it.</summary>
    /// <param name="head">The request.</param>
    /// <param name="isSecured">It has come in TLS that this node ends.</param>
    /// <param name="choice">Is filled in.</param>
    public void Choose(RequestHead head, bool isSecured, ref PolicyChoice choice)
    {
        for (int i = 0; i < _rules.Length; i++)
        {
            RoutePolicy rule = _rules[i];
            if (!rule.Matches(head)) continue;
            choice.Treatment ??= _treatments[i];
            choice.Headers ??= rule.Headers;
            if (rule.Redirect is { } redirect && !redirect.LeadsHere(head, isSecured)) choice.Redirect ??= redirect;
            choice.Rewrite ??= rule.Rewrite;
            choice.Mirror ??= rule.Mirror;
            choice.Fault ??= rule.Fault;
        }
    }
}

/// <summary>How requests of a rule are treated, of one service name.</summary>
/// <param name="Settings">In place of the service's.</param>
/// <param name="AttemptTimeoutNs">In place of the destination's; null: as that.</param>
/// <param name="Budget">In place of the service's; null: as that.</param>
internal sealed record Treatment(ServiceSettings Settings, long? AttemptTimeoutNs, RetryBudget? Budget)
{
    public static Treatment Of(ResilienceConfig resilience, ServiceConfig config)
    {
        ServiceSettings settings = ServiceSettings.Of(resilience.Over(config));
        return new Treatment(
            settings,
            resilience.AttemptTimeoutMs is { } ms ? ms * 1_000_000L : null,
            resilience.HasBudget ? new RetryBudget(settings.RetryBudget, EventLoop.NowNs) : null);
    }
}

/// <summary>What policies do with the present request; default: nothing.</summary>
internal struct PolicyChoice
{
    public Treatment? Treatment;
    public HeaderPolicy? Headers;
    public RedirectPolicy? Redirect;
    public RewritePolicy? Rewrite;
    public MirrorPolicy? Mirror;
    public FaultPolicy? Fault;

    /// <summary>The head is forwarded with changes.</summary>
    public readonly bool EditsRequest => Rewrite is not null || Headers is not null;
}
