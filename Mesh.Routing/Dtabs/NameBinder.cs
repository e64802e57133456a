using System.Collections.Immutable;
using Mesh.Discovery.Names;
using Mesh.Discovery.Transformers;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Dtabs;

/// <summary>
/// Binds a path: follows the dtab, then the namers, until only destinations are left. Pure: what the world says comes in as functions.
/// </summary>
/// <remarks>
/// As Linkerd binds, with one difference: an alternative whose addresses are <i>known and none</i> (an empty file, a host that DNS does not
/// know) counts as <c>~</c> as long as something else can serve, in alternatives and in unions. An explicit <c>$</c> stays, and so does such a
/// destination when there is nothing else. Source: finagle's Namer.bind.
/// </remarks>
public static class NameBinder
{
    /// <summary>Lookups that may follow one upon the other, the namers' included.</summary>
    public const int MaxDepth = 100;

    /// <summary>Lookups in one binding: two rules can double the work at each depth, and a dtab may come from a request.</summary>
    public const int MaxLookups = 1_000;

    /// <summary>Symbols (<c>~</c>, <c>!</c>, <c>$</c>) met in one binding: each lookup can meet as many as a dtab's text can hold.</summary>
    public const int MaxSymbols = 10_000;

    /// <summary>Segments of a path on its way; rules can lengthen it at each step.</summary>
    public const int MaxSegments = 1_000;

    /// <summary>Linkerd's words, which people look for in logs.</summary>
    internal static string TooDeep { get; } = $"Max recursion level: {MaxDepth} reached in Namer lookup";

    internal static string TooLong { get; } = $"a path of more than {MaxSegments} segments came of the dtab";

    /// <summary>Evaluates once.</summary>
    /// <param name="path">The service name.</param>
    /// <param name="dtab">Base dtab with overrides behind it.</param>
    /// <param name="lookup">The namers' present answer for a path; <c>~</c> where there is none.</param>
    /// <param name="addresses">A destination's present addresses; by default what its live value says.</param>
    public static BindResult Bind(Path path, Dtab dtab, Func<Path, NameState> lookup, Func<BoundName, AddressState>? addresses = null) =>
        new Binding(dtab, lookup, addresses ?? (static name => name.Addresses.Current)).Run(path);

    /// <summary>Evaluates until the result is not pending; when <paramref name="cancel"/> comes first, the result is the pending one.</summary>
    /// <param name="path">The service name.</param>
    /// <param name="dtab">Base dtab with overrides behind it.</param>
    /// <param name="lookup">Watches a path in the namers, such as <see cref="NamerTable.Lookup"/>; the watches end with the call.</param>
    /// <param name="transformers">The interpreter's, in order.</param>
    /// <param name="cancel">Ends the wait.</param>
    public static Task<BindResult> BindAsync(
        Path path, Dtab dtab, Func<Path, INameWatch> lookup, ImmutableArray<Transformer> transformers, CancellationToken cancel) =>
        LiveAnswers.SettleAsync(
            lookup,
            transformers,
            answers => Transform(Bind(path, dtab, answers.Lookup, answers.Addresses), transformers),
            static result => result is BindResult.Pending,
            cancel);

    /// <summary>Evaluates now, and again whenever something that matters has changed, for as long as it is enumerated.</summary>
    /// <param name="path">The service name.</param>
    /// <param name="rules">The dtab as it is now; null: not known yet, and the result is pending.</param>
    /// <param name="onRules">Calls back after each change of the rules until disposed.</param>
    /// <param name="lookup">Watches a path in the namers; the watches end with the enumeration.</param>
    /// <param name="seen">Addresses as whoever asks uses them: what has none for him leads nowhere.</param>
    /// <param name="cancel">Ends the enumeration.</param>
    public static IAsyncEnumerable<BindResult> FollowAsync(
        Path path,
        Func<Dtab?> rules,
        Func<Action, IDisposable> onRules,
        Func<Path, INameWatch> lookup,
        Func<AddressState, AddressState> seen,
        CancellationToken cancel) =>
        LiveAnswers.FollowAsync(
            lookup,
            onRules,
            answers => rules() is { } dtab
                ? Bind(path, dtab, answers.Lookup, name => seen(answers.Addresses(name)))
                : new BindResult.Pending(new BindTrail()),
            cancel);

    /// <summary>What an interpreter's transformers make of a result: they change what is bound, and never which alternative is.</summary>
    public static BindResult Transform(BindResult result, ImmutableArray<Transformer> transformers)
    {
        if (transformers.IsEmpty || result is not BindResult.Resolved resolved) return result;
        return Transformer.ApplyAll(transformers, resolved.Tree) switch
        {
            BoundTree.Known known => resolved with { Tree = known.Tree },
            BoundTree.Failed failed => new BindResult.Failed(BindFailureKind.NamerFailed, failed.Reason, resolved.Trail),
            _ => new BindResult.Pending(resolved.Trail),
        };
    }
}
