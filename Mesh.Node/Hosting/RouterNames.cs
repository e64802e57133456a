using System.Collections.Immutable;
using Mesh.Discovery.Names;
using Mesh.Node.Config;
using Mesh.Node.Proxy;
using Mesh.Routing.Bindings;
using Mesh.Routing.Dtabs;

namespace Mesh.Node.Hosting;

/// <summary>
/// What a router binds names by, its interpreter: the dtab, a watched file's rules below its own, and the namers' answers, transformed. Any change
/// goes to the bindings as one.
/// </summary>
/// <remarks>Any thread.</remarks>
internal sealed class RouterNames : IDisposable
{
    private readonly BindingCache<Backend> _bindings;
    private readonly NamerSet _namers;
    private readonly NodeLog _log;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private NamerTable? _table;
    private InterpreterConfig? _interpreter;
    private BindingRules _rules;
    private ImmutableArray<IDisposable> _subscriptions = [];
    private Dtab _dtab = Dtab.Empty;
    private DtabFile? _file;

    public RouterNames(RouterConfig config, NamerSet namers, BindingCache<Backend> bindings, NodeLog log, TimeProvider time)
    {
        _bindings = bindings;
        _namers = namers;
        _log = log;
        _time = time;
        _rules = bindings.Rules;
        Apply(config);
    }

    /// <summary>Takes over a router's rules and the node's present namers; what is as before costs nothing.</summary>
    public void Apply(RouterConfig config)
    {
        lock (_gate)
        {
            ImmutableArray<IDisposable> outdated = [];
            _dtab = Dtab.Parse(config.Dtab);
            if (!config.Interpreter.Equals(_interpreter)) Follow((config.Interpreter as FsInterpreterConfig)?.DtabFile);
            if (!ReferenceEquals(_namers.Table, _table) || !config.Interpreter.Equals(_interpreter))
            {
                outdated = [.. _subscriptions, .. _rules.Transformers];
                _interpreter = config.Interpreter;
                _table = _namers.Table;
                _rules = new BindingRules(_rules.Dtab, _table.Lookup) { Transformers = _namers.Factory.Transformers(_interpreter.Transformers) };
                _subscriptions = [.. _rules.Transformers.Select(each => each.OnChange(_bindings.Reevaluate))];
            }

            Publish();
            foreach (IDisposable part in outdated) part.Dispose();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _file?.Dispose();
            foreach (IDisposable subscription in _subscriptions) subscription.Dispose();
            foreach (IDisposable transformer in _rules.Transformers) transformer.Dispose();
        }
    }

    private void Follow(string? path)
    {
        if (_file?.Path == path) return;
        _file?.Dispose();
        _file = path is null ? null : new DtabFile(path, OnFile, _log, _time);
    }

    private void OnFile()
    {
        lock (_gate) Publish();
    }

    private void Publish()
    {
        DtabState rules = _file?.State switch
        {
            null => new DtabState.Known(_dtab),
            DtabState.Known file => new DtabState.Known(file.Dtab + _dtab),
            DtabState other => other,
        };
        _rules = _rules with { Dtab = rules };
        _bindings.SetRules(_rules);
    }
}
