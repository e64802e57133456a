using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Dtabs;

/// <summary>One evaluation in progress, depth first, left to right.</summary>
internal sealed class Binding(Dtab dtab, Func<Path, NameState> lookup, Func<BoundName, AddressState> addresses)
{
    private static readonly BindOutcome _tooManyLookups = TooMuch($"the dtab needs more than {NameBinder.MaxLookups} lookups");
    private static readonly BindOutcome _tooManySymbols = TooMuch($"the dtab leads to more than {NameBinder.MaxSymbols} symbols");

    private readonly BindTrail _trail = new();
    private int _lookups;
    private int _symbols;

    /// <summary>Nothing more is looked at: what is left of the trees is passed over.</summary>
    private bool IsExhausted => _lookups > NameBinder.MaxLookups || _symbols > NameBinder.MaxSymbols;

    private BindOutcome Exhausted => _symbols > NameBinder.MaxSymbols ? _tooManySymbols : _tooManyLookups;

    public BindResult Run(Path path)
    {
        BindOutcome outcome = BindPath(path, new At(0, 0, -1, null, null));
        return outcome switch
        {
            BindOutcome.Pending => new BindResult.Pending(_trail),
            BindOutcome.Failed failed => new BindResult.Failed(failed.Kind, failed.Reason, _trail),
            _ => new BindResult.Resolved(((BindOutcome.Tree)outcome).Value, _trail) { IsPartial = ((BindOutcome.Tree)outcome).IsPartial },
        };
    }

    private BindOutcome BindPath(Path path, At at)
    {
        if (IsExhausted) return Exhausted;
        int step = _trail.Begin(at.Line, path, at.Rule, at.Weight, at.Parent);
        BindOutcome outcome = LookUp(path, at with { Parent = step, Line = at.Line + 1, Weight = null });
        _trail.End(step, outcome);
        return outcome;
    }

    private BindOutcome LookUp(Path path, At at)
    {
        // Counted first: what is refused below was work too, and can be asked for by every branch of a union.
        if (++_lookups > NameBinder.MaxLookups) return Exhausted;
        if (at.Depth >= NameBinder.MaxDepth) return TooMuch(NameBinder.TooDeep);
        if (path.Count > NameBinder.MaxSegments) return TooMuch(NameBinder.TooLong);

        Dentry[] dentries = [.. dtab.Matches(path)];
        // A single rule that says ~ is as good as none: the namers are asked.
        bool isNeg = dentries.Length == 0 || (dentries.Length == 1 && dentries[0].Destination is NameTree<Path>.Neg);
        if (!isNeg)
            return FirstUsable(dentries, dentry => BindRule(dentry, path, at), (dentry, before) => Skip(dentry.Destination, dentry, at, before));
        return lookup(path) switch
        {
            NameState.Resolved { Tree: NameTree<Name>.Neg } => BindOutcome.Unknown,
            NameState.Resolved resolved => BindNames(resolved.Tree, at with { Rule = null }),
            NameState.Failed failed => new BindOutcome.Failed(BindFailureKind.NamerFailed, failed.Reason),
            NameState.Pending { Why: { } why } => new BindOutcome.Pending { Why = why },
            _ => BindOutcome.Pending.Instance,
        };
    }

    /// <summary>As <see cref="Dentry.Rewrite"/>, but leaf by leaf: a large tree costs no more than what is tried of it.</summary>
    private BindOutcome BindRule(Dentry dentry, Path path, At at)
    {
        Path rest = path.Drop(dentry.Prefix.Count);
        return Walk(dentry.Destination, at with { Rule = dentry }, (leaf, inner) => BindPath(leaf + rest, inner with { Depth = inner.Depth + 1 }));
    }

    private BindOutcome BindNames(NameTree<Name> tree, At at) => Walk(tree, at, (name, inner) => name switch
    {
        Name.Unbound unbound => BindPath(unbound.Path, inner with { Depth = inner.Depth + 1 }),
        Name.Bound bound => addresses(bound.Destination) switch
        {
            AddressState.Pending => BindOutcome.Pending.Instance,
            AddressState.Failed failed => new BindOutcome.Failed(BindFailureKind.NamerFailed, failed.Reason),
            AddressState state => new BindOutcome.Tree(NameTree.Leaf(bound), state.IsKnownEmpty),
        },
        _ => throw new InvalidOperationException($"a name of an unknown kind: {name}"),
    });

    private BindOutcome Walk<T>(NameTree<T> tree, At at, Func<T, At, BindOutcome> leaf) => tree switch
    {
        _ when IsExhausted => Exhausted,
        NameTree<T>.Leaf one => leaf(one.Value, at),
        NameTree<T>.Alt alt => FirstUsable(
            alt.Trees.AsSpan(), branch => Walk(branch, at, leaf), (branch, before) => Skip(branch, at.Rule, at, before)),
        NameTree<T>.Union union => Shares(
            [.. union.Branches.Select(branch => (branch.Weight, Walk(branch.Tree, at with { Weight = branch.Weight }, leaf)))]),
        _ => Symbol(tree, at),
    };

    private BindOutcome Symbol<T>(NameTree<T> tree, At at)
    {
        if (++_symbols > NameBinder.MaxSymbols) return Exhausted;
        BindOutcome.Tree outcome = tree switch
        {
            NameTree<T>.Neg => BindOutcome.Neg,
            NameTree<T>.Fail => new BindOutcome.Tree(new NameTree<Name.Bound>.Fail(), false),
            _ => BindOutcome.Empty,
        };
        // A namer's ~ is told by its own step.
        if (!outcome.IsNeg || at.Rule is not null) _trail.End(_trail.Begin(at.Line, outcome.Value, at.Rule, at.Weight, at.Parent), outcome);
        return outcome;
    }

    private void Skip(object what, Dentry? rule, At at, BindOutcome before) =>
        _trail.End(_trail.Begin(at.Line, what, rule, null, at.Parent), BindOutcome.Untried.After(before));

    /// <summary>Left to right: <c>~</c> and known-empty fall through; anything else stops, waiting and failure too.</summary>
    private static BindOutcome FirstUsable<T>(ReadOnlySpan<T> alternatives, Func<T, BindOutcome> bind, Action<T, BindOutcome> skip)
    {
        BindOutcome best = BindOutcome.Neg;
        for (int i = 0; i < alternatives.Length; i++)
        {
            BindOutcome outcome = bind(alternatives[i]);
            if (!outcome.FallsThrough)
            {
                foreach (T later in alternatives[(i + 1)..]) skip(later, outcome);
                return outcome;
            }
            // The last known-empty destination stands when nothing serves: it is live, and gets traffic once it has an address.
            if (!outcome.IsNeg) best = outcome;
        }
        return best;
    }

    /// <summary>
    /// Drops <c>!</c> and <c>~</c>; with one branch that serves, the waiting, failed and known-empty ones are left out until they serve too. As
    /// in Linkerd, one branch with any answer, even <c>~</c>, covers up those that failed; unlike there, it does not cover up those that wait.
    /// </summary>
    private static BindOutcome Shares((double Weight, BindOutcome Outcome)[] branches)
    {
        bool isPartial = branches.Any(static branch => branch.Outcome is BindOutcome.Pending or BindOutcome.Tree { IsPartial: true });
        bool isAnswered = branches.Any(static branch => branch.Outcome is BindOutcome.Tree);
        bool serves = branches.Any(static branch => branch.Outcome is BindOutcome.Tree { IsKnownEmpty: false, IsNeg: false, IsFail: false });
        BindOutcome.Failed? failed = branches.Select(static branch => branch.Outcome).OfType<BindOutcome.Failed>().FirstOrDefault();
        if (failed is not null && !isAnswered) return failed;
        if (!serves && branches.Any(static branch => branch.Outcome is BindOutcome.Pending)) return BindOutcome.Pending.Instance;
        NameTree<Name.Bound>.Weighted[] kept =
        [
            .. from branch in branches
               let bound = branch.Outcome as BindOutcome.Tree
               where bound is not null && !bound.IsNeg && !bound.IsFail && bound.IsKnownEmpty != serves
               select new NameTree<Name.Bound>.Weighted(branch.Weight, bound.Value)
        ];
        if (kept.Length == 0) return BindOutcome.Neg;
        if (kept.All(static branch => branch.Tree is NameTree<Name.Bound>.Empty)) return BindOutcome.Empty with { IsPartial = isPartial };
        NameTree<Name.Bound> tree = kept.Length == 1 ? kept[0].Tree : new NameTree<Name.Bound>.Union([.. kept]);
        return new BindOutcome.Tree(tree, !serves) { IsPartial = isPartial };
    }

    private static BindOutcome.Failed TooMuch(string reason) => new(BindFailureKind.MaxDepth, reason);

    /// <summary>Where in the evaluation.</summary>
    /// <param name="Depth">Lookups before this one in its row.</param>
    /// <param name="Line">The trail's indentation.</param>
    /// <param name="Parent">The trail's step above; -1 for none.</param>
    /// <param name="Rule">The rule whose tree is walked.</param>
    /// <param name="Weight">The weight of the union's branch that is walked.</param>
    private readonly record struct At(int Depth, int Line, int Parent, Dentry? Rule, double? Weight);
}
