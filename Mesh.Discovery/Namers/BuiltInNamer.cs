using System.Collections.Frozen;
using System.Collections.Immutable;
using Mesh.Discovery.Namers.Inet;
using Mesh.Discovery.Namers.Rewriting;
using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Discovery.Namers;

/// <summary>
/// <c>/$/...</c>, always there: <c>inet</c> and its kin, <c>nil</c> (exists, has no replica), <c>fail</c> (not routable) and the rewriting
/// namers. Any other word is a failure, not <c>~</c>: a misspelt built-in must not silently become the next alternative.
/// </summary>
/// <remarks>Any thread. Source: finagle's Namer.global and Linkerd's io.buoyant package.</remarks>
public sealed class BuiltInNamer : INamer
{
    private readonly InetNamer _inet;
    private readonly FrozenDictionary<string, Func<Path, INameWatch>> _byWord;

    public BuiltInNamer(InetNamer inet)
    {
        _inet = inet;
        var byWord = new Dictionary<string, Func<Path, INameWatch>>
        {
            ["inet"] = inet.Lookup,
            ["fixedinet"] = inet.LookupFixed,
            ["io.buoyant.rinet"] = inet.LookupReversed,
            ["nil"] = static _ => Fixed(new NameTree<Name>.Empty()),
            ["fail"] = static _ => Fixed(new NameTree<Name>.Fail()),
        };
        foreach ((string word, Func<Path, Path?> rewrite) in BuiltInRewrites.ByWord)
            byWord.Add(word, path => Fixed(BuiltInRewrites.TreeOf(rewrite(path))));
        _byWord = byWord.ToFrozenDictionary();
    }

    public Path Prefix { get; } = Path.Of("$");

    /// <summary>Of the names with addresses; the others have no state.</summary>
    public ImmutableArray<NameStatus> Status => _inet.Status;

    public INameWatch Lookup(Path residual)
    {
        if (residual.Count == 0) return new FixedNameWatch(NameState.Resolved.Neg);
        return _byWord.TryGetValue(residual[0], out Func<Path, INameWatch>? lookup)
            ? lookup(residual.Drop(1))
            : new FixedNameWatch(new NameState.Failed($"Unknown namer: {PathText.Label(residual[0])} for path: {Prefix + residual}"));
    }

    private static FixedNameWatch Fixed(NameTree<Name> tree) => new(new NameState.Resolved(tree));
}
