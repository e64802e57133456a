using System.Collections.Immutable;
using Mesh.Discovery.Namerd;
using Mesh.Discovery.Names;
using Mesh.Node.Config;
using Mesh.Node.Proxy;
using Mesh.Routing.Bindings;
using Mesh.Routing.Dtabs;
using Mesh.Routing.Routes;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Hosting;

/// <summary>
/// What a router binds names by, its interpreter: the dtab, a watched file's or a namespace's rules below its own, and the namers' answers,
/// transformed; or a namerd, which has all of these. Any change goes to the bindings as one.
/// </summary>
/// <remarks>Any thread.</remarks>
internal sealed class RouterNames : IDisposable
{
    private readonly BindingCache<Backend> _bindings;
    private readonly NamerSet _namers;
    private readonly NodeLog _log;
    private readonly TimeProvider _time;
    private readonly RouteTable? _routes;
    private readonly TlsParts _tls;
    private readonly ulong _seed;
    private readonly Lock _gate = new();
    private NamerTable? _table;
    private InterpreterConfig? _interpreter;
    private BindingRules _rules;
    private ImmutableArray<IDisposable> _subscriptions = [];
    private Dtab _dtab = Dtab.Empty;
    private IDtabSource? _source;
    private volatile NamerdNames? _namerd;

    public RouterNames(RouterConfig config, NodeParts node, BindingCache<Backend> bindings)
    {
        _bindings = bindings;
        _namers = node.Namers;
        _log = node.Log;
        _time = node.Time;
        _routes = node.Routes;
        _tls = node.Tls;
        _seed = node.Seed;
        _rules = bindings.Rules;
        Apply(config);
    }

    /// <summary>Who binds the names where this node does not; null where it does.</summary>
    public NamerdNames? Namerd => _namerd;

    /// <summary>The rules that hold, with where they come from.</summary>
    public RuleSources Sources
    {
        get
        {
            lock (_gate) return new RuleSources(_rules, _source?.Name ?? "", (_source?.State as DtabState.Known)?.Dtab ?? Dtab.Empty, _dtab);
        }
    }

    /// <summary>Takes over a router's rules and the node's present namers; what is as before costs nothing.</summary>
    public void Apply(RouterConfig config)
    {
        lock (_gate)
        {
            ImmutableArray<IDisposable> outdated = [];
            NamerdNames? namerd = _namerd;
            _dtab = Dtab.Parse(config.Dtab);
            Follow(config.Interpreter);
            if (!ReferenceEquals(_namers.Table, _table) || !config.Interpreter.Equals(_interpreter))
            {
                outdated = [.. _subscriptions, .. _rules.Transformers];
                _interpreter = config.Interpreter;
                _table = _namers.Table;
                _rules = new BindingRules(_rules.Dtab, _table.Lookup)
                {
                    Transformers = _namers.Factory.Transformers(_interpreter.Transformers),
                    Elsewhere = ElsewhereOf(_namerd),
                };
                _subscriptions = [.. _rules.Transformers.Select(each => each.OnChange(_bindings.Reevaluate))];
            }

            Publish();
            foreach (IDisposable part in outdated) part.Dispose();
            if (namerd != _namerd) namerd?.Dispose();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _source?.Dispose();
            _namerd?.Dispose();
            foreach (IDisposable subscription in _subscriptions) subscription.Dispose();
            foreach (IDisposable transformer in _rules.Transformers) transformer.Dispose();
        }
    }

    private void Follow(InterpreterConfig next)
    {
        // Other transformers alone leave the source as it is, with all it knows.
        if (_interpreter is { } before && before.Equals(next with { Transformers = before.Transformers })) return;
        _source?.Dispose();
        _source = next switch
        {
            FsInterpreterConfig file => new DtabFile(file.DtabFile, OnSource, _log, _time),
            RoutesInterpreterConfig routes => new NamespaceDtab(
                _routes ?? throw new InvalidOperationException($"{RoutesInterpreterConfig.KindName} without a cluster"), routes.Namespace, OnSource),
            _ => null,
        };
        _namerd = next is NamerdInterpreterConfig namerd ? new NamerdNames(OptionsOf(namerd), _time) : null;
    }

    private NamerdOptions OptionsOf(NamerdInterpreterConfig config) => new(config.Address, config.Namespace)
    {
        RetryBase = TimeSpan.FromSeconds(config.BaseSeconds),
        RetryMax = TimeSpan.FromSeconds(config.MaxSeconds),
        Tls = config.Tls is { } tls ? _tls.Of(tls) : null,
        Seed = _seed,
        Report = line => _log.Warning("interpreter", line),
    };

    /// <summary>Another namerd is another function: bindings know by it that they have to ask anew.</summary>
    private static Func<Path, Dtab, INameWatch>? ElsewhereOf(NamerdNames? namerd) =>
        namerd is null ? null : (path, dtab) => namerd.Lookup(path, dtab.ToString());

    private void OnSource()
    {
        lock (_gate) Publish();
    }

    private void Publish()
    {
        DtabState rules = _source?.State switch
        {
            null => new DtabState.Known(_dtab),
            DtabState.Known below => new DtabState.Known(below.Dtab + _dtab),
            DtabState other => other,
        };
        _rules = _rules with { Dtab = rules };
        _bindings.SetRules(_rules);
    }
}

/// <summary>What a router binds names by, and where its rules come from: those of <paramref name="Below"/> stand before its own.</summary>
/// <param name="Rules">What bindings go by.</param>
/// <param name="Origin">Where <paramref name="Below"/> comes from, in words; empty where there is none.</param>
/// <param name="Below">The rules of a file or a namespace, as far as they are known.</param>
/// <param name="Own">The router's.</param>
internal sealed record RuleSources(BindingRules Rules, string Origin, Dtab Below, Dtab Own);
