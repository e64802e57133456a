using System.Runtime.CompilerServices;
using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Discovery.Transformers;

/// <summary>A transformer that makes one destination of one, whatever the tree around it.</summary>
public abstract class LeafTransformer(Path prefix) : Transformer(prefix)
{
    /// <summary>Weak: an entry lives as long as the destination that was found, and holds nothing of it longer.</summary>
    private readonly ConditionalWeakTable<BoundName, BoundName> _made = [];

    /// <summary>The destination that this one becomes: the same object each time.</summary>
    public BoundName Map(BoundName found) => _made.GetValue(found, name => new BoundName(Prefix + name.Id, AddressesOf(name.Addresses)));

    public sealed override BoundTree Apply(NameTree<Name.Bound> tree) =>
        new BoundTree.Known(tree.Map(leaf => new Name.Bound(Map(leaf.Destination), leaf.Residual)));

    protected abstract ILive<AddressState> AddressesOf(ILive<AddressState> found);
}
