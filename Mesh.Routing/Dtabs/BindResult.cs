using Mesh.Discovery.Names;

namespace Mesh.Routing.Dtabs;

/// <summary>Why nothing is routable.</summary>
public enum BindFailureKind
{
    /// <summary>No rule and no namer knows the name, in any alternative (<c>~</c>).</summary>
    Neg,

    /// <summary>A rule says that the name is not routable (<c>!</c>).</summary>
    Fail,

    /// <summary>A rule says that the name exists without replicas (<c>$</c>).</summary>
    Empty,

    /// <summary>A namer could not answer (a malformed file, DNS out of order).</summary>
    NamerFailed,

    /// <summary>The rules lead in circles, or to too much: depth, lookups or path length passed its limit.</summary>
    MaxDepth,
}

/// <summary>What a path is bound to just now, and how that came.</summary>
public abstract record BindResult
{
    private BindResult(BindTrail trail) => Trail = trail;

    public BindTrail Trail { get; }

    /// <summary>Not known yet: something that matters has not answered. <see cref="Trail"/> says what.</summary>
    public sealed record Pending(BindTrail How) : BindResult(How);

    /// <summary>A failure that no alternative may cover up.</summary>
    public sealed record Failed(BindFailureKind Kind, string Reason, BindTrail How) : BindResult(How);

    /// <summary>
    /// A tree without alternatives: <c>~</c>, <c>!</c>, <c>$</c>, a destination, or a union of destinations and <c>$</c>.
    /// A destination without addresses is here only when there was nothing better.
    /// </summary>
    public sealed record Resolved(NameTree<Name.Bound> Tree, BindTrail How) : BindResult(How)
    {
        /// <summary>Branches of a union that are not known yet were left out; requests need not wait for them.</summary>
        public bool IsPartial { get; init; }

        /// <summary>Why the tree is not routable; null when it is.</summary>
        public BindFailureKind? Failure => Tree switch
        {
            NameTree<Name.Bound>.Neg => BindFailureKind.Neg,
            NameTree<Name.Bound>.Fail => BindFailureKind.Fail,
            NameTree<Name.Bound>.Empty => BindFailureKind.Empty,
            _ => null,
        };
    }
}

/// <summary>One thing that was tried, or that was not needed.</summary>
/// <param name="Depth">0 for the name itself; a step's alternatives are one deeper.</param>
/// <param name="Path">What was looked up, the symbol met, or the tree that was not tried; before it its weight in a union.</param>
/// <param name="Via">The rule that led here as text; empty where none did.</param>
/// <param name="Outcome">What came of it, in a few words.</param>
/// <param name="Rule">The rule itself; null where none led here.</param>
/// <param name="IsTried">Whether it was looked up at all.</param>
public sealed record BindStep(int Depth, string Path, string Via, string Outcome, Dentry? Rule, bool IsTried);
