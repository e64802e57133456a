using System.Collections.Immutable;
using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Dtabs;

/// <summary>
/// All that a name could lead to, alternatives that are not in use included: what <c>/delegator.json</c> shows. Each node tells what was looked
/// up and which rule led there. Built by <see cref="Delegator"/>, simplified as Linkerd simplifies.
/// </summary>
/// <remarks>Immutable; the addresses in it are those of the moment. Source: Linkerd's DelegateTree.</remarks>
public abstract record DelegateTree
{
    private DelegateTree(Path path, Dentry? dentry) => (Path, Dentry) = (path, dentry);

    /// <summary>What was looked up; empty for a <c>~</c> that a rule spells out.</summary>
    public Path Path { get; init; }

    /// <summary>The rule that led here; null for the name itself.</summary>
    public Dentry? Dentry { get; init; }

    /// <summary>What to show as the node's path: symbols that a rule spells out are shown as themselves.</summary>
    public string Shown => this switch
    {
        Neg when Path.Count == 0 => "~",
        Fail when !Path.StartsWith(Delegator.FailNamer) => "!",
        _ => Path.ToString(),
    };

    /// <summary>Whether a part of it was not known yet when it was built.</summary>
    public bool HasPending => this switch
    {
        Pending => true,
        Leaf leaf => leaf.Addresses is AddressState.Pending,
        Delegate one => one.Tree.HasPending,
        Alt alt => alt.Trees.Any(static tree => tree.HasPending),
        Union union => union.Branches.Any(static branch => branch.Tree.HasPending),
        Transformation changed => changed.Tree.HasPending,
        _ => false,
    };

    internal DelegateTree By(Dentry? dentry) => this with { Dentry = dentry };

    /// <summary><c>$</c>: exists, has no replica. Type <c>empty</c>.</summary>
    public sealed record Empty(Path Path, Dentry? Dentry) : DelegateTree(Path, Dentry);

    /// <summary><c>!</c>: not routable. Type <c>fail</c>.</summary>
    public sealed record Fail(Path Path, Dentry? Dentry) : DelegateTree(Path, Dentry);

    /// <summary><c>~</c>: no such name. Type <c>neg</c>.</summary>
    public sealed record Neg(Path Path, Dentry? Dentry) : DelegateTree(Path, Dentry);

    /// <summary>A namer could not answer, or a limit was reached. Type <c>exception</c>.</summary>
    public sealed record Failed(Path Path, Dentry? Dentry, string Message) : DelegateTree(Path, Dentry);

    /// <summary>Not known in the time that was given. Linkerd has no such type: show it as <c>exception</c> with <see cref="Message"/>.</summary>
    public sealed record Pending(Path Path, Dentry? Dentry) : DelegateTree(Path, Dentry)
    {
        public const string Message = "not known yet: the namer has not answered in time";
    }

    /// <summary>One rule, or one answer of a namer, leads on to <paramref name="Tree"/>. Type <c>delegate</c>.</summary>
    public sealed record Delegate(Path Path, Dentry? Dentry, DelegateTree Tree) : DelegateTree(Path, Dentry);

    /// <summary>A destination with its residual, and its addresses as they were. Type <c>leaf</c>.</summary>
    public sealed record Leaf(Path Path, Dentry? Dentry, Name.Bound Bound, AddressState Addresses) : DelegateTree(Path, Dentry);

    /// <summary>Alternatives, first choice first, two at least. Type <c>alt</c>.</summary>
    public sealed record Alt(Path Path, Dentry? Dentry, ImmutableArray<DelegateTree> Trees) : DelegateTree(Path, Dentry);

    /// <summary>Shares, two at least. Type <c>union</c>.</summary>
    public sealed record Union(Path Path, Dentry? Dentry, ImmutableArray<Weighted> Branches) : DelegateTree(Path, Dentry);

    /// <summary>
    /// A destination that a transformer changed: <paramref name="Bound"/> before, <paramref name="Tree"/> after. Type <c>transformation</c>.
    /// </summary>
    public sealed record Transformation(Path Path, string Name, Name.Bound Bound, AddressState Addresses, DelegateTree Tree)
        : DelegateTree(Path, null);

    /// <summary>One share of a union.</summary>
    public sealed record Weighted(double Weight, DelegateTree Tree);
}
