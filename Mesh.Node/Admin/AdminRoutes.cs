using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Mesh.Node.Admin;

/// <summary>Path -> endpoint: the exact path first, else the longest <see cref="AdminEndpoint.Below"/> that holds it.</summary>
internal sealed class AdminRoutes
{
    private readonly FrozenDictionary<string, AdminEndpoint> _exact;
    private readonly ImmutableArray<(string Prefix, AdminEndpoint Endpoint)> _below;

    /// <exception cref="ArgumentException">Two endpoints want one path.</exception>
    public AdminRoutes(IReadOnlyList<AdminEndpoint> endpoints)
    {
        AdminEndpoint[] all = [.. endpoints, .. IndexEndpoint.Both(endpoints)];
        HashSet<string> taken = new(StringComparer.Ordinal);
        foreach (AdminEndpoint endpoint in all)
        {
            if (!taken.Add(endpoint.Path)) throw new ArgumentException($"two endpoints at {endpoint.Path}", nameof(endpoints));
        }

        Endpoints = [.. all.OrderBy(static endpoint => endpoint.Path, StringComparer.Ordinal)];
        _exact = all.Where(endpoint => !IsBelow(endpoint)).ToFrozenDictionary(endpoint => endpoint.Path, StringComparer.Ordinal);
        _below =
        [
            .. all.Where(IsBelow)
                .Select(endpoint => (Prefix: endpoint.Path[..^1], endpoint))
                .OrderByDescending(route => route.Prefix.Length),
        ];
    }

    /// <summary>All, by path.</summary>
    public ImmutableArray<AdminEndpoint> Endpoints { get; }

    /// <summary>A path without the slash at its end.</summary>
    public static string Trim(string path) => path.Length > 1 && path.EndsWith('/') ? path[..^1] : path;

    /// <param name="path">Decoded, as Kestrel gives it; a slash at the end does not matter.</param>
    public AdminEndpoint? Find(string path)
    {
        if (_exact.TryGetValue(Trim(path), out AdminEndpoint? exact)) return exact;
        foreach ((string prefix, AdminEndpoint endpoint) in _below)
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal)) return endpoint;
        }

        return null;
    }

    private static bool IsBelow(AdminEndpoint endpoint) => endpoint.Path.EndsWith(AdminEndpoint.Below, StringComparison.Ordinal);
}
