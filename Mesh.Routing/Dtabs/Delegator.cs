using System.Collections.Immutable;
using Mesh.Discovery.Names;
using Mesh.Discovery.Transformers;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Dtabs;

/// <summary>
/// Follows a name through <i>all</i> alternatives, where <see cref="NameBinder"/> stops at the first that serves: for people who ask why.
/// </summary>
/// <remarks>Source: Linkerd's ConfiguredNamersInterpreter.delegate.</remarks>
public static class Delegator
{
    /// <summary>Nodes of one tree: all alternatives multiply where a binding takes one, and the dtab may come from a request.</summary>
    public const int MaxNodes = 1_000;

    internal static Path FailNamer { get; } = Path.Of("$", "fail");

    /// <summary>Evaluates once, with what is known now. Pure.</summary>
    /// <param name="dtab">Base dtab with overrides behind it.</param>
    /// <param name="path">The service name.</param>
    /// <param name="lookup">The namers' present answer for a path; <c>~</c> where there is none.</param>
    /// <param name="addresses">A destination's present addresses; by default what its live value says.</param>
    /// <param name="cancel">What is not evaluated by then is pending.</param>
    public static DelegateTree Delegate(
        Dtab dtab,
        Path path,
        Func<Path, NameState> lookup,
        Func<BoundName, AddressState>? addresses = null,
        CancellationToken cancel = default) =>
        new Delegation(dtab, lookup, addresses ?? (static name => name.Addresses.Current), cancel).Run(path);

    /// <summary>
    /// Evaluates until nothing is pending. When <paramref name="cancel"/> comes first, the result is the tree as it is then, which
    /// <see cref="DelegateTree.HasPending"/>; it does not throw for that.
    /// </summary>
    /// <param name="dtab">Base dtab with overrides behind it.</param>
    /// <param name="path">The service name.</param>
    /// <param name="lookup">Watches a path in the namers, such as <see cref="NamerTable.Lookup"/>; the watches end with the call.</param>
    /// <param name="cancel">Ends the wait, and an evaluation under way.</param>
    public static Task<DelegateTree> DelegateAsync(Dtab dtab, Path path, Func<Path, INameWatch> lookup, CancellationToken cancel) =>
        DelegateAsync(dtab, path, lookup, static addresses => addresses, cancel);

    /// <summary>As the other, with addresses as whoever asks uses them.</summary>
    public static Task<DelegateTree> DelegateAsync(
        Dtab dtab, Path path, Func<Path, INameWatch> lookup, Func<AddressState, AddressState> seen, CancellationToken cancel) =>
        LiveAnswers.SettleAsync(
            lookup,
            [],
            answers => Delegate(dtab, path, answers.Lookup, name => seen(answers.Addresses(name)), cancel),
            static tree => tree.HasPending,
            cancel);

    /// <summary>As this node uses them, and each destination is followed through an interpreter's transformers.</summary>
    public static Task<DelegateTree> DelegateAsync(
        Dtab dtab, Path path, Func<Path, INameWatch> lookup, ImmutableArray<Transformer> transformers, CancellationToken cancel) =>
        LiveAnswers.SettleAsync(
            lookup,
            transformers,
            answers => new TransformedTree(transformers, answers.Addresses).Of(Delegate(dtab, path, answers.Lookup, answers.Addresses, cancel)),
            static tree => tree.HasPending,
            cancel);
}
