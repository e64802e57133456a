using System.Runtime.CompilerServices;
using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Discovery.Transformers;

/// <summary>What a configured path leads to through the namers (no dtab), followed live from the first question on.</summary>
/// <remarks>
/// Any thread. Evaluated on the pool, one at a time, and read as a value: a path that leads back to itself stays pending instead of calling
/// itself.
/// </remarks>
internal sealed class Replacement(Path prefix, Path path, Func<Path, INameWatch> lookup) : ILive<BoundTree>, IDisposable
{
    /// <summary>Rewrites that may follow one upon the other; as in a binding.</summary>
    private const int Depth = 100;

    private readonly LiveValue<BoundTree> _tree = new(BoundTree.Pending.Instance);
    /// <summary>Weak, as in <see cref="LeafTransformer"/>.</summary>
    private readonly ConditionalWeakTable<BoundName, BoundName> _made = [];
    private readonly Dictionary<Path, Input> _inputs = [];
    private readonly HashSet<Path> _met = [];
    private SerializedAction? _evaluation;
    private volatile bool _isClosed;

    public BoundTree Current
    {
        get
        {
            Start();
            return _tree.Current;
        }
    }

    public IDisposable OnChange(Action changed)
    {
        Start();
        return _tree.OnChange(changed);
    }

    public void Dispose()
    {
        _isClosed = true;
        Volatile.Read(ref _evaluation)?.Request();
    }

    /// <summary>Not before the first question: the namers may be made after the transformer.</summary>
    private void Start()
    {
        if (Volatile.Read(ref _evaluation) is not null || _isClosed) return;
        var evaluation = new SerializedAction(Evaluate);
        if (Interlocked.CompareExchange(ref _evaluation, evaluation, null) is null) evaluation.Request();
    }

    private void Evaluate()
    {
        _met.Clear();
        BoundTree tree = BoundTree.Pending.Instance;
        if (!_isClosed)
        {
            try
            {
                tree = Renamed(Follow(path, 0));
            }
            catch (Exception e)
            {
                // A namer's bug is this path's failure, not the node's end.
                tree = new BoundTree.Failed($"{path}: {e.GetType().Name}: {e.Message}");
            }
        }
        _tree.Set(tree);
        foreach ((Path unmet, Input input) in _inputs.Where(pair => !_met.Contains(pair.Key)).ToArray())
        {
            _inputs.Remove(unmet);
            input.Dispose();
        }
    }

    private BoundTree Follow(Path next, int depth)
    {
        if (depth > Depth) return new BoundTree.Failed($"{path}: Max recursion level: {Depth} reached in Namer lookup");
        if (!_inputs.TryGetValue(next, out Input? input)) _inputs.Add(next, input = new Input(lookup(next), _evaluation!.Request));
        _met.Add(next);
        return input.Watch.Current switch
        {
            NameState.Resolved resolved => Follow(resolved.Tree, depth),
            NameState.Failed failed => new BoundTree.Failed(failed.Reason),
            _ => BoundTree.Pending.Instance,
        };
    }

    private BoundTree Follow(NameTree<Name> tree, int depth) => tree switch
    {
        NameTree<Name>.Leaf { Value: Name.Unbound unbound } => Follow(unbound.Path, depth + 1),
        NameTree<Name>.Leaf { Value: Name.Bound bound } => new BoundTree.Known(NameTree.Leaf(bound)),
        NameTree<Name>.Alt alt =>
            alt.Trees.Select(branch => Follow(branch, depth)).FirstOrDefault(each => each != BoundTree.Known.Neg) ?? BoundTree.Known.Neg,
        NameTree<Name>.Union union => Shares([.. union.Branches.Select(branch => (branch.Weight, Follow(branch.Tree, depth)))]),
        NameTree<Name>.Neg => BoundTree.Known.Neg,
        NameTree<Name>.Fail => new BoundTree.Known(new NameTree<Name.Bound>.Fail()),
        _ => new BoundTree.Known(new NameTree<Name.Bound>.Empty()),
    };

    /// <summary>As a binding does: what is known and usable serves; else waiting, else the first failure, else <c>~</c>.</summary>
    private static BoundTree Shares((double Weight, BoundTree Tree)[] branches)
    {
        NameTree<Name.Bound>.Weighted[] usable =
        [
            .. from branch in branches
               let tree = (branch.Tree as BoundTree.Known)?.Tree
               where tree is not (null or NameTree<Name.Bound>.Neg or NameTree<Name.Bound>.Fail)
               select new NameTree<Name.Bound>.Weighted(branch.Weight, tree)
        ];
        IEnumerable<BoundTree> unknown = branches.Select(branch => branch.Tree).Where(tree => tree is not BoundTree.Known);
        return usable.Length switch
        {
            0 => unknown.OrderBy(tree => tree is BoundTree.Pending ? 0 : 1).FirstOrDefault() ?? BoundTree.Known.Neg,
            1 => new BoundTree.Known(usable[0].Tree),
            _ => new BoundTree.Known(new NameTree<Name.Bound>.Union([.. usable])),
        };
    }

    /// <summary>
    /// As Linkerd, one destination is called by the configured path; of several each keeps its own id, so that they are told apart.
    /// </summary>
    private BoundTree Renamed(BoundTree tree)
    {
        if (tree is not BoundTree.Known known) return tree;
        bool isAlone = known.Tree is NameTree<Name.Bound>.Leaf;
        return new BoundTree.Known(known.Tree.Map(leaf => new Name.Bound(Renamed(leaf.Destination, isAlone), leaf.Residual)));
    }

    private BoundName Renamed(BoundName found, bool isAlone) =>
        _made.GetValue(found, name => new BoundName(prefix + (isAlone ? path : name.Id), name.Addresses));

    private sealed class Input(INameWatch watch, Action changed) : IDisposable
    {
        private readonly IDisposable _subscription = watch.OnChange(changed);

        public INameWatch Watch => watch;

        public void Dispose()
        {
            _subscription.Dispose();
            watch.Dispose();
        }
    }
}
