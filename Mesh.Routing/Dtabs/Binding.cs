using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Dtabs;

/// <summary>One evaluation in progress, depth first, left to right.</summary>
internal sealed class Binding(Dtab dtab, Func<Path, NameState> lookup, Func<BoundName, AddressState> addresses)
{
    private static readonly Outcome _exhausted = TooMuch($"the dtab needs more than {NameBinder.MaxLookups} lookups");

    private readonly BindTrail _trail = new();
    private int _lookups;

    public BindResult Run(Path path)
    {
        Outcome outcome = BindPath(path, "", new At(0, 0, -1));
        return outcome switch
        {
            Outcome.Pending => new BindResult.Pending(_trail),
            Outcome.Failed failed => new BindResult.Failed(failed.Kind, failed.Reason, _trail),
            _ => new BindResult.Resolved(((Outcome.Tree)outcome).Value, _trail),
        };
    }

    private Outcome BindPath(Path path, object via, At at)
    {
        if (_lookups > NameBinder.MaxLookups) return _exhausted;
        int step = _trail.Begin(at.Line, path, via, at.Parent);
        Outcome outcome = LookUp(path, at with { Parent = step, Line = at.Line + 1 });
        _trail.End(step, outcome.ToString());
        return outcome;
    }

    private Outcome LookUp(Path path, At at)
    {
        if (at.Depth >= NameBinder.MaxDepth) return TooMuch(NameBinder.TooDeep);
        if (path.Count > NameBinder.MaxSegments) return TooMuch(NameBinder.TooLong);
        if (++_lookups > NameBinder.MaxLookups) return _exhausted;

        Dentry[] dentries = [.. dtab.Matches(path)];
        // A single rule that says ~ is as good as none: the namers are asked.
        bool isNeg = dentries.Length == 0 || (dentries.Length == 1 && dentries[0].Destination is NameTree<Path>.Neg);
        if (!isNeg) return FirstUsable(dentries, dentry => BindRule(dentry, path, at));
        return lookup(path) switch
        {
            NameState.Resolved resolved => BindNames(resolved.Tree, at),
            NameState.Failed failed => new Outcome.Failed(BindFailureKind.NamerFailed, failed.Reason),
            _ => Outcome.Pending.Instance,
        };
    }

    /// <summary>As <see cref="Dentry.Rewrite"/>, but leaf by leaf: a large tree costs no more than what is tried of it.</summary>
    private Outcome BindRule(Dentry dentry, Path path, At at)
    {
        Path rest = path.Drop(dentry.Prefix.Count);
        return Walk(dentry.Destination, at, (leaf, inner) => BindPath(leaf + rest, dentry, inner with { Depth = inner.Depth + 1 }));
    }

    private Outcome BindNames(NameTree<Name> tree, At at) => Walk(tree, at, (name, inner) => name switch
    {
        Name.Unbound unbound => BindPath(unbound.Path, "", inner with { Depth = inner.Depth + 1 }),
        Name.Bound bound => addresses(bound.Destination) switch
        {
            AddressState.Pending => Outcome.Pending.Instance,
            AddressState.Failed failed => new Outcome.Failed(BindFailureKind.NamerFailed, failed.Reason),
            AddressState state => new Outcome.Tree(NameTree.Leaf(bound), state.IsKnownEmpty),
        },
        _ => throw new InvalidOperationException($"a name of an unknown kind: {name}"),
    });

    private Outcome Walk<T>(NameTree<T> tree, At at, Func<T, At, Outcome> leaf) => tree switch
    {
        NameTree<T>.Leaf one => leaf(one.Value, at),
        NameTree<T>.Alt alt => FirstUsable(alt.Trees, branch => Walk(branch, at, leaf)),
        NameTree<T>.Union union => Shares([.. union.Branches.Select(branch => (branch.Weight, Walk(branch.Tree, at, leaf)))]),
        _ => Symbol(tree, at),
    };

    private Outcome.Tree Symbol<T>(NameTree<T> tree, At at)
    {
        NameTree<Name.Bound> symbol = tree switch
        {
            NameTree<T>.Neg => new NameTree<Name.Bound>.Neg(),
            NameTree<T>.Fail => new NameTree<Name.Bound>.Fail(),
            _ => new NameTree<Name.Bound>.Empty(),
        };
        var outcome = new Outcome.Tree(symbol, false);
        // Only a symbol that stops is a step of its own; what met ~ says so itself.
        if (symbol is not NameTree<Name.Bound>.Neg) _trail.End(_trail.Begin(at.Line, symbol, "", at.Parent), outcome.ToString());
        return outcome;
    }

    /// <summary>Left to right: <c>~</c> and known-empty fall through; anything else stops, waiting and failure too.</summary>
    private static Outcome FirstUsable<T>(IEnumerable<T> alternatives, Func<T, Outcome> bind)
    {
        Outcome best = Outcome.Neg;
        foreach (T alternative in alternatives)
        {
            Outcome outcome = bind(alternative);
            if (!outcome.FallsThrough) return outcome;
            // The last known-empty destination stands when nothing serves: it is live, and gets traffic once it has an address.
            if (!outcome.IsNeg) best = outcome;
        }
        return best;
    }

    /// <summary>
    /// Drops <c>!</c> and <c>~</c>; with one branch that serves, the waiting, failed and known-empty ones are left out until they serve too.
    /// </summary>
    private static Outcome Shares((double Weight, Outcome Outcome)[] branches)
    {
        bool serves = branches.Any(branch => branch.Outcome is Outcome.Tree { IsKnownEmpty: false } tree && !tree.IsNeg && !tree.IsFail);
        if (!serves)
        {
            if (branches.Any(branch => branch.Outcome is Outcome.Pending)) return Outcome.Pending.Instance;
            if (branches.Select(branch => branch.Outcome).OfType<Outcome.Failed>().FirstOrDefault() is { } failed) return failed;
        }
        NameTree<Name.Bound>.Weighted[] kept =
        [
            .. from branch in branches
               let tree = branch.Outcome as Outcome.Tree
               where tree is not null && !tree.IsNeg && !tree.IsFail && tree.IsKnownEmpty != serves
               select new NameTree<Name.Bound>.Weighted(branch.Weight, tree.Value)
        ];
        return kept.Length switch
        {
            0 => Outcome.Neg,
            1 => new Outcome.Tree(kept[0].Tree, !serves),
            _ => new Outcome.Tree(new NameTree<Name.Bound>.Union([.. kept]), !serves),
        };
    }

    private static Outcome.Failed TooMuch(string reason) => new(BindFailureKind.MaxDepth, reason);

    /// <summary>Where in the evaluation: rules followed, the trail's indentation, the trail's step above.</summary>
    private readonly record struct At(int Depth, int Line, int Parent);

    /// <summary>What came of a part; its text is the trail's wording.</summary>
    private abstract record Outcome
    {
        public static Tree Neg { get; } = new(new NameTree<Name.Bound>.Neg(), false);

        public bool IsNeg => this is Tree { Value: NameTree<Name.Bound>.Neg };

        public bool IsFail => this is Tree { Value: NameTree<Name.Bound>.Fail };

        public bool FallsThrough => IsNeg || this is Tree { IsKnownEmpty: true };

        public sealed record Pending : Outcome
        {
            public static Pending Instance { get; } = new();

            public override string ToString() => "not known yet";
        }

        public sealed record Failed(BindFailureKind Kind, string Reason) : Outcome
        {
            public override string ToString() => $"failed: {Reason}";
        }

        /// <summary>Known-empty: destinations, none of which has an address.</summary>
        public sealed record Tree(NameTree<Name.Bound> Value, bool IsKnownEmpty) : Outcome
        {
            public override string ToString() => Value switch
            {
                NameTree<Name.Bound>.Neg => "no such name (~)",
                NameTree<Name.Bound>.Fail => "not routable (!)",
                NameTree<Name.Bound>.Empty => "exists without replicas ($)",
                _ when IsKnownEmpty => $"no address in {Value}",
                _ => $"bound to {Value}",
            };
        }
    }
}
