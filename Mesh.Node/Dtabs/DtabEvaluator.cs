using Mesh.Routing.Dtabs;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Dtabs;

/// <summary>Binds paths with a dtab and namers, as a router would.</summary>
/// <param name="rules">The base dtab.</param>
/// <param name="world">Whose names.</param>
/// <param name="time">For the patience.</param>
internal sealed class DtabEvaluator(Dtab rules, DtabWorld world, TimeProvider time)
{
    /// <summary>How long a namer that has not answered yet is waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>All rules in force when <paramref name="overrides"/> come with a request.</summary>
    public Dtab RulesWith(Dtab overrides) => rules + overrides;

    public async Task<BindResult> BindAsync(Path path, Dtab overrides, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        return await NameBinder.BindAsync(path, RulesWith(overrides), world.Lookup, world.Transformers, either.Token).ConfigureAwait(false);
    }
}
