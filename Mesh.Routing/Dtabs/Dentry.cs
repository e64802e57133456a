using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Dtabs;

/// <summary>One rule of a dtab: names below <paramref name="Prefix"/> are looked up below <paramref name="Destination"/> instead.</summary>
public sealed record Dentry(Prefix Prefix, NameTree<Path> Destination)
{
    /// <summary>What a matching path becomes: each leaf of the destination, followed by what the prefix left over. <c>*</c> is consumed.</summary>
    public NameTree<Path> Rewrite(Path path)
    {
        Path rest = path.Drop(Prefix.Count);
        return Destination.Map(leaf => leaf + rest);
    }

    public override string ToString() => $"{Prefix}=>{Destination}";
}
