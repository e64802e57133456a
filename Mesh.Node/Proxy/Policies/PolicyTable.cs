using System.Collections.Immutable;
using Mesh.Node.Config;
using Mesh.Wire.Exchange;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Proxy.Policies;

/// <summary>All rules that a router goes by, compiled: its own, then the namespace's. Immutable, any thread.</summary>
internal sealed class PolicyTable
{
    private readonly ImmutableArray<RoutePolicy> _rules;

    private PolicyTable(ImmutableArray<RoutePolicy> rules) => _rules = rules;

    public static PolicyTable Empty { get; } = new([]);

    /// <param name="rules">In the order written.</param>
    /// <param name="where">Whose they are, for people: <c>namespace web</c>.</param>
    public static PolicyTable Of(ImmutableArray<RoutePolicyConfig> rules, string where) =>
        rules.IsEmpty ? Empty : new PolicyTable([.. rules.Select((rule, index) => new RoutePolicy(rule, $"{index + 1} of {where}"))]);

    /// <summary>These rules, then those.</summary>
    public static PolicyTable operator +(PolicyTable first, PolicyTable second) =>
        first._rules.IsEmpty ? second : second._rules.IsEmpty ? first : new PolicyTable([.. first._rules, .. second._rules]);

    /// <summary>The rules that match a request of a service, in their order, for people who ask.</summary>
    public ImmutableArray<RoutePolicy> Matching(Path service, RequestHead head) =>
        [.. _rules.Where(rule => rule.IsFor(service) && rule.Matches(head))];

    /// <summary>The rules for a service name; null: there are none.</summary>
    /// <param name="service">The name.</param>
    /// <param name="config">How it is treated without policies.</param>
    public ServicePolicies? For(Path service, ServiceConfig config)
    {
        if (_rules.IsEmpty) return null;
        ImmutableArray<RoutePolicy> own = [.. _rules.Where(rule => rule.IsFor(service))];
        return own.IsEmpty ? null : new ServicePolicies(own, config);
    }
}
