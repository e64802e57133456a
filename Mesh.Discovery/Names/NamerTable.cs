using System.Collections.Immutable;

namespace Mesh.Discovery.Names;

/// <summary>
/// All namers of a node in their order of lookup: configured ones, the last configured first, then the built-in <c>/$/</c>, else <c>~</c>.
/// Namers that share a prefix fall through on <c>~</c>.
/// </summary>
/// <remarks>Immutable, thread-safe. Does not own the namers. Source: Linkerd's DefaultInterpreterInitializer.</remarks>
public sealed class NamerTable(IEnumerable<INamer> configured, params IEnumerable<INamer> builtIn)
{
    /// <summary>In lookup order.</summary>
    public ImmutableArray<INamer> Namers { get; } = [.. configured.Reverse(), .. builtIn];

    public ImmutableArray<string> Problems => [.. Namers.SelectMany(namer => namer.Problems)];

    public INameWatch Lookup(Path path)
    {
        INameWatch[] watches = [.. Namers.Where(namer => path.StartsWith(namer.Prefix)).Select(namer => namer.Lookup(path.Drop(namer.Prefix.Count)))];
        return watches.Length switch
        {
            0 => new FixedNameWatch(NameState.Resolved.Neg),
            1 => watches[0],
            _ => new FirstNotNeg(watches),
        };
    }

    private sealed class FirstNotNeg(INameWatch[] watches) : INameWatch
    {
        public NameState Current =>
            watches.Select(watch => watch.Current).FirstOrDefault(state => state != NameState.Resolved.Neg) ?? NameState.Resolved.Neg;

        public IDisposable OnChange(Action changed) => new All([.. watches.Select(watch => watch.OnChange(changed))]);

        public void Dispose() => new All(watches).Dispose();
    }

    private sealed class All(IDisposable[] parts) : IDisposable
    {
        public void Dispose()
        {
            foreach (IDisposable part in parts) part.Dispose();
        }
    }
}
