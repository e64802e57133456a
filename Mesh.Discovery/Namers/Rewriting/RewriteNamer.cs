using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Discovery.Namers.Rewriting;

/// <summary>
/// <c>io.l5d.rewrite</c>: a path that begins as <paramref name="pattern"/> says becomes <paramref name="name"/> with its captures put in, and is
/// looked up again; what followed the pattern is dropped. Another path is <c>~</c>.
/// </summary>
/// <param name="prefix">Where it sits, <c>/#/</c> and its own words.</param>
/// <param name="pattern">Matched against the path behind the prefix.</param>
/// <param name="name">Path text with <c>{variable}</c>s; what gives no path then is a failure in words.</param>
/// <remarks>Any thread, no state. Source: Linkerd's io.buoyant.namer.RewritingNamer.</remarks>
public sealed class RewriteNamer(Path prefix, PathMatcher pattern, string name) : INamer
{
    public Path Prefix => prefix;

    public INameWatch Lookup(Path residual) => new FixedNameWatch(StateOf(residual));

    private NameState StateOf(Path residual)
    {
        if (!pattern.TryMatch(residual, out var captures)) return NameState.Resolved.Neg;
        string text = PathMatcher.Substitute(name, captures);
        return Path.TryParse(text, out Path? path, out SyntaxError? error)
            ? new NameState.Resolved(BuiltInRewrites.TreeOf(path))
            : new NameState.Failed($"{prefix} rewrites {residual} to what is no path: {error}");
    }
}
