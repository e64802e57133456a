using System.Collections.Immutable;
using Mesh.Discovery.Names;
using Mesh.Node.Config;
using Mesh.Node.Proxy;
using Mesh.Routing.Bindings;
using Mesh.Routing.Dtabs;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Hosting;

/// <summary>
/// What a router binds names by, its interpreter: the dtab, a watched file's rules below its own, and the namers' answers, transformed. Any change
/// goes to the bindings as one.
/// </summary>
/// <remarks>Any thread.</remarks>
internal sealed class RouterNames : IDisposable
{
    private readonly BindingCache<Backend> _bindings;
    private readonly NodeLog _log;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private ImmutableArray<TransformerConfig> _transformers = [];
    private NamerTable? _namers;
    private Func<Path, INameWatch> _lookup = null!;
    private Dtab _dtab = Dtab.Empty;
    private DtabFile? _file;

    public RouterNames(RouterConfig config, NamerTable namers, BindingCache<Backend> bindings, NodeLog log, TimeProvider time)
    {
        _bindings = bindings;
        _log = log;
        _time = time;
        Apply(config, namers);
    }

    /// <summary>Takes over a router's rules and the node's namers; what is as before costs nothing.</summary>
    public void Apply(RouterConfig config, NamerTable namers)
    {
        lock (_gate)
        {
            _dtab = Dtab.Parse(config.Dtab);
            Follow((config.Interpreter as FsInterpreterConfig)?.DtabFile);
            if (!ReferenceEquals(namers, _namers) || !config.Interpreter.Transformers.SequenceEqual(_transformers))
            {
                _namers = namers;
                _transformers = config.Interpreter.Transformers;
                _lookup = namers.Lookup;
            }

            Publish();
        }
    }

    public void Dispose()
    {
        lock (_gate) _file?.Dispose();
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
        _bindings.SetRules(rules, _lookup);
    }
}
