using System.Collections.Frozen;

namespace Mesh.Node.AdminConsole;

/// <summary>What may stand as an option's value, by kind: a node tells its clients for completion. Any thread.</summary>
/// <param name="sources">By kind; quick.</param>
internal sealed class ConsoleValues(IReadOnlyDictionary<string, Func<Task<IEnumerable<string>>>> sources)
{
    public const string Destinations = "destination";
    public const string Routers = "router";
    public const string Nodes = "node";
    public const string Namespaces = "namespace";
    public const string Services = "service";
    public const string Tables = "table";
    public const string EntityTypes = "entity-type";

    /// <summary>Names of one answer.</summary>
    public const int MaxValues = 200;

    private readonly FrozenDictionary<string, Func<Task<IEnumerable<string>>>> _sources = sources.ToFrozenDictionary(StringComparer.Ordinal);

    public static ConsoleValues None { get; } = new(new Dictionary<string, Func<Task<IEnumerable<string>>>>());

    /// <summary>Those that begin so, in order; none of a kind that is not known here.</summary>
    public async Task<IReadOnlyList<string>> FindAsync(string kind, string prefix)
    {
        if (!_sources.TryGetValue(kind, out Func<Task<IEnumerable<string>>>? source)) return [];
        IEnumerable<string> all = await source().ConfigureAwait(false);
        return [.. all.Where(value => value.StartsWith(prefix, StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal).Take(MaxValues)];
    }
}
