using System.Collections.Frozen;
using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Discovery.Namers.Rewriting;

/// <summary>The rewriting namers below <c>/$/</c>: the word, and what it makes of the path behind it.</summary>
/// <remarks>Pure. What a rewrite answers is looked up again, from the dtab on. Source: Linkerd's io.buoyant.RewritingNamer and its classes.</remarks>
internal static class BuiltInRewrites
{
    /// <summary>Null is <c>~</c>: the arguments are missing or do not fit.</summary>
    public static FrozenDictionary<string, Func<Path, Path?>> ByWord { get; } = new Dictionary<string, Func<Path, Path?>>
    {
        ["io.buoyant.hostportPfx"] = AfterPrefix(HostPortRewrites.HostPort),
        ["io.buoyant.porthostPfx"] = AfterPrefix(HostPortRewrites.PortHost),
        ["io.buoyant.http.anyMethod"] = MethodRewrites.AnyMethod,
        ["io.buoyant.http.anyMethodPfx"] = AfterPrefix(MethodRewrites.AnyMethod),
        ["io.buoyant.http.anyHost"] = HostRewrites.AnyHost,
        ["io.buoyant.http.anyHostPfx"] = AfterPrefix(HostRewrites.AnyHost),
        ["io.buoyant.http.subdomainOf"] = HostRewrites.SubdomainOf,
        ["io.buoyant.http.subdomainOfPfx"] = HostRewrites.SubdomainOfAfterPrefix,
        ["io.buoyant.http.domainToPath"] = HostRewrites.DomainToPath,
        ["io.buoyant.http.domainToPathPfx"] = AfterPrefix(HostRewrites.DomainToPath),
    }.ToFrozenDictionary();

    /// <summary>The tree that a rewrite answers with.</summary>
    public static NameTree<Name> TreeOf(Path? rewritten) =>
        rewritten is null ? new NameTree<Name>.Neg() : NameTree.Leaf<Name>(new Name.Unbound(rewritten));

    /// <summary>Keeps the first segment, whatever it is, and rewrites what follows it.</summary>
    private static Func<Path, Path?> AfterPrefix(Func<Path, Path?> rewrite) =>
        path => path.Count > 0 && rewrite(path.Drop(1)) is { } rewritten ? path.Take(1) + rewritten : null;
}
