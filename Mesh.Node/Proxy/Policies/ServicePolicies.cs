using System.Collections.Immutable;
using Mesh.Node.Config;
using Mesh.Routing.Retries;
using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;

namespace Mesh.Node.Proxy.Policies;

/// <summary>The rules of one service name. Immutable once they are in use, any thread.</summary>
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

    /// <summary>
    /// These rules stand in for others of the same service: a budget goes on where there is a rule for the same requests, wherever it stands now and
    /// whatever else it says. What was spent stays spent, or each change of any rule would fill all budgets.
    /// </summary>
    /// <remarks>Before anybody else sees these.</remarks>
    public void TakeOver(ServicePolicies? before)
    {
        if (before is null) return;
        HashSet<RetryBudget> taken = [];
        for (int i = 0; i < _rules.Length; i++)
        {
            if (_treatments[i] is not { Budget: { } fresh } treatment) continue;
            PolicyMatchConfig match = _rules[i].Config.Match;
            RetryBudget? spent = before.BudgetsOf(match).FirstOrDefault(budget => !taken.Contains(budget));
            if (spent is null) continue;
            taken.Add(spent);
            if (spent.Config != fresh.Config) spent.Config = fresh.Config;
            _treatments[i] = treatment with { Budget = spent };
        }
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

    private IEnumerable<RetryBudget> BudgetsOf(PolicyMatchConfig match)
    {
        for (int i = 0; i < _rules.Length; i++)
        {
            if (_treatments[i]?.Budget is { } budget && _rules[i].Config.Match == match) yield return budget;
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
