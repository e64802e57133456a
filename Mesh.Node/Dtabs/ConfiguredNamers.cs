using System.Collections.Immutable;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Namers.Fs;
using Mesh.Discovery.Namers.Rewriting;
using Mesh.Discovery.Names;
using Mesh.Discovery.Transformers;
using Mesh.Node.Config;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Dtabs;

/// <summary>The namers and transformers that a config asks for, made and owned here.</summary>
/// <remarks>Made and disposed by one thread; what it makes is for any.</remarks>
internal sealed class ConfiguredNamers : IDisposable
{
    private readonly HostTable _hosts;
    private readonly TimeProvider _time;
    private readonly LocalAddresses _local;
    private readonly List<IDisposable> _owned = [];

    /// <param name="configs">In the order written.</param>
    /// <param name="hosts">For host names in files and transformers.</param>
    /// <param name="builtIn">What is always there, in lookup order.</param>
    /// <param name="time">For polling.</param>
    /// <param name="report">Told of each new problem once: the namer, and what is wrong in words.</param>
    public ConfiguredNamers(
        IEnumerable<NamerConfig> configs, HostTable hosts, IEnumerable<INamer> builtIn, TimeProvider time, Action<string, string> report)
    {
        _hosts = hosts;
        _time = time;
        _local = new LocalAddresses(time);
        ImmutableArray<INamer> configured = [.. configs.Select(config => Transformed(Namer(config, report), config.Transformers))];
        Table = new NamerTable(configured, builtIn);
    }

    public NamerTable Table { get; }

    /// <summary>What a config's list of transformers does, in order; owned by this object.</summary>
    public ImmutableArray<Transformer> Transformers(IEnumerable<TransformerConfig> configs) =>
        [.. configs.Select(config => Own(Transformer(config)))];

    public void Dispose()
    {
        foreach (IDisposable one in Enumerable.Reverse(_owned)) one.Dispose();
        _local.Dispose();
    }

    private INamer Namer(NamerConfig config, Action<string, string> report) => config switch
    {
        FsNamerConfig files => Own(Files(files, report)),
        RewriteNamerConfig rewrite => new RewriteNamer(PrefixOf(config), PathMatcher.Parse(rewrite.Pattern), rewrite.Name),
        _ => throw new InvalidOperationException($"a namer of an unknown kind: {config}"),
    };

    private FsNamer Files(FsNamerConfig config, Action<string, string> report)
    {
        var options = new FsNamerOptions
        {
            RootDirectory = config.RootDir,
            Prefix = PrefixOf(config),
            Report = problem => report(config.Prefix, problem),
        };
        return new FsNamer(options, _hosts, _time);
    }

    private INamer Transformed(INamer namer, ImmutableArray<TransformerConfig> transformers) =>
        transformers.IsEmpty ? namer : new TransformedNamer(namer, Transformers(transformers));

    private Transformer Transformer(TransformerConfig config)
    {
        Path prefix = Path.Parse("/" + config.Prefix);
        return config switch
        {
            PortTransformerConfig port => new PortTransformer(prefix, port.Port),
            LocalhostTransformerConfig => HostTransformer.Localhost(prefix, _local),
            SpecificHostTransformerConfig host => HostTransformer.SpecificHost(prefix, host.Host, _hosts),
            ReplaceTransformerConfig replace => new ReplaceTransformer(prefix, Path.Parse(replace.Path), path => Table.Lookup(path)),
            ConstTransformerConfig constant => new ConstTransformer(prefix, Path.Parse(constant.Path), path => Table.Lookup(path)),
            _ => throw new InvalidOperationException($"a transformer of an unknown kind: {config}"),
        };
    }

    private static Path PrefixOf(NamerConfig config) => Path.Parse("/#/" + config.Prefix);

    private T Own<T>(T one)
        where T : IDisposable
    {
        _owned.Add(one);
        return one;
    }
}
