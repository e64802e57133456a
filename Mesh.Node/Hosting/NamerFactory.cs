using Mesh.Discovery.Dns;
using Mesh.Discovery.Namers.Fs;
using Mesh.Discovery.Names;
using Mesh.Node.Config;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Hosting;

/// <summary>Makes namers of the config's kinds: the one place that knows them all.</summary>
internal sealed class NamerFactory(HostTable hosts, NodeLog log, TimeProvider time)
{
    public INamer Create(NamerConfig config) => config switch
    {
        FsNamerConfig fs => Files(fs),
        _ => throw new ArgumentOutOfRangeException(nameof(config), config, "the schema knows a namer that the node does not"),
    };

    private FsNamer Files(FsNamerConfig config) => new(
        new FsNamerOptions
        {
            RootDirectory = config.RootDir,
            Prefix = Path.Parse("/#/" + config.Prefix),
            Report = problem => log.Warning("namer " + config.Prefix, problem),
        },
        hosts,
        time);
}
