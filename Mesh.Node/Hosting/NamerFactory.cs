using System.Collections.Immutable;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Namers.Fs;
using Mesh.Discovery.Namers.Rewriting;
using Mesh.Discovery.Names;
using Mesh.Discovery.Services;
using Mesh.Discovery.Transformers;
using Mesh.Node.Config;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Hosting;

/// <summary>Makes namers and transformers of the config's kinds: the one place that knows them all.</summary>
/// <param name="hosts">Where host names are watched.</param>
/// <param name="local">The addresses of this machine.</param>
/// <param name="lookup">All namers of the node, as they are when asked.</param>
/// <param name="services">The fleet's.</param>
/// <param name="log">Where namers tell their problems.</param>
/// <param name="time">Their clock.</param>
internal sealed class NamerFactory(
    HostTable hosts, ILive<HostState> local, Func<Path, INameWatch> lookup, ServiceTable services, NodeLog log, TimeProvider time)
{
    /// <summary>Whether a config's names depend on other namers of the list, so that it cannot be kept when these change.</summary>
    public static bool DependsOnOthers(NamerConfig config) =>
        config.Transformers.Any(static each => each is ReplaceTransformerConfig or ConstTransformerConfig);

    public HeldNamer Create(NamerConfig config)
    {
        INamer found = config switch
        {
            FsNamerConfig fs => Files(fs),
            ServicesNamerConfig named => new ServicesNamer(PrefixOf(config), services, named.IncludeTag, time),
            RewriteNamerConfig rewrite => new RewriteNamer(PrefixOf(config), PathMatcher.Parse(rewrite.Pattern), rewrite.Name),
            _ => throw new ArgumentOutOfRangeException(nameof(config), config, "the schema knows a namer that the node does not"),
        };
        ImmutableArray<Transformer> transformers = Transformers(config.Transformers);
        INamer namer = transformers.IsEmpty ? found : new TransformedNamer(found, transformers);
        return new HeldNamer(config, namer, [.. transformers, .. found is IDisposable files ? [files] : ImmutableArray<IDisposable>.Empty]);
    }

    /// <summary>In the order of application; to be disposed by whoever asked.</summary>
    public ImmutableArray<Transformer> Transformers(ImmutableArray<TransformerConfig> configs) => [.. configs.Select(Create)];

    private Transformer Create(TransformerConfig config)
    {
        Path prefix = Path.Parse("/" + config.Prefix);
        return config switch
        {
            PortTransformerConfig port => new PortTransformer(prefix, port.Port),
            LocalhostTransformerConfig => HostTransformer.Localhost(prefix, local),
            SpecificHostTransformerConfig host => HostTransformer.SpecificHost(prefix, host.Host, hosts),
            ReplaceTransformerConfig replace => new ReplaceTransformer(prefix, Path.Parse(replace.Path), lookup),
            ConstTransformerConfig fix => new ConstTransformer(prefix, Path.Parse(fix.Path), lookup),
            _ => throw new ArgumentOutOfRangeException(nameof(config), config, "the schema knows a transformer that the node does not"),
        };
    }

    private FsNamer Files(FsNamerConfig config) => new(
        new FsNamerOptions
        {
            RootDirectory = config.RootDir,
            Prefix = PrefixOf(config),
            Report = problem => log.Warning("namer " + config.Prefix, problem),
        },
        hosts,
        time);

    private static Path PrefixOf(NamerConfig config) => Path.Parse("/#/" + config.Prefix);
}
