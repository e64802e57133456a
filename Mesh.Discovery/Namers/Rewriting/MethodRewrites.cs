using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Discovery.Namers.Rewriting;

/// <summary>Rewrites of a path that begins with a method, upper-case letters only; null is <c>~</c>.</summary>
/// <remarks>Pure. Source: Linkerd's io.buoyant.http.anyMethod.</remarks>
internal static class MethodRewrites
{
    /// <summary><c>/POST/rest</c> to <c>/rest</c>.</summary>
    public static Path? AnyMethod(Path path) =>
        path.Count > 0 && !path[0].AsSpan().ContainsAnyExceptInRange('A', 'Z') ? path.Drop(1) : null;
}
