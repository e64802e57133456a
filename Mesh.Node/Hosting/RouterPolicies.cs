using System.Collections.Immutable;
using Mesh.Node.Config;
using Mesh.Node.Proxy.Policies;
using Mesh.Routing.Routes;

namespace Mesh.Node.Hosting;

/// <summary>
/// The policies that a router goes by: its own, then those of the namespace that it follows. What of a namespace is not understood here, as a newer
/// node may have written it, is told in the log, and what was there before holds on.
/// </summary>
/// <remarks>Any thread.</remarks>
internal sealed class RouterPolicies : IDisposable
{
    private readonly RouteTable? _routes;
    private readonly NodeLog _log;
    private readonly Action _changed;
    private readonly Lock _gate = new();
    private readonly IDisposable? _subscription;
    private ImmutableArray<RoutePolicyConfig> _written = [];
    private PolicyTable _own = PolicyTable.Empty;
    private PolicyTable _shared = PolicyTable.Empty;
    private string? _namespace;
    private string _text = "";
    private volatile PolicyTable _current = PolicyTable.Empty;

    /// <param name="config">Of the router.</param>
    /// <param name="routes">The fleet's namespaces; null for a node without a cluster.</param>
    /// <param name="log">For operators.</param>
    /// <param name="changed">Told after each change of <see cref="Current"/>, on any thread.</param>
    public RouterPolicies(RouterConfig config, RouteTable? routes, NodeLog log, Action changed)
    {
        (_routes, _log, _changed) = (routes, log, changed);
        Take(config);
        _subscription = routes?.View.OnChange(OnTable);
    }

    public PolicyTable Current => _current;

    /// <summary>Takes over a router's rules and its namespace; the caller tells the services.</summary>
    public void Take(RouterConfig config)
    {
        lock (_gate)
        {
            if (!_written.AsSpan().SequenceEqual(config.Policies.AsSpan()))
            {
                _written = config.Policies;
                _own = PolicyTable.Of(_written, $"router {config.Label}");
            }

            string? name = (config.Interpreter as RoutesInterpreterConfig)?.Namespace;
            if (name != _namespace) (_namespace, _text, _shared) = (name, "", PolicyTable.Empty);
            Read();
            _current = _own + _shared;
        }
    }

    public void Dispose() => _subscription?.Dispose();

    private void OnTable()
    {
        lock (_gate)
        {
            if (!Read()) return;
            _current = _own + _shared;
        }

        _changed();
    }

    /// <summary>Whether there was anything new.</summary>
    private bool Read()
    {
        string text = (_namespace is null ? null : _routes?.Find(_namespace)?.Policies) ?? "";
        if (text == _text) return false;
        _text = text;
        (ImmutableArray<RoutePolicyConfig> rules, IReadOnlyList<ConfigFault> faults) = RoutePolicyReader.Read(text);
        if (faults.Count == 0) _shared = PolicyTable.Of(rules, $"namespace {_namespace}");
        else _log.Error("routes", $"policies of namespace {_namespace} are not understood here; those before hold on: {string.Join("; ", faults)}");
        return faults.Count == 0;
    }
}
