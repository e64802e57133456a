using Mesh.Discovery.Names;

namespace Mesh.Discovery.Services;

/// <summary>A watch of a name that is bound, absent or not known yet, and always leads to the same destination.</summary>
/// <param name="bound">The destination.</param>
/// <param name="standing">One of the words of <see cref="NameStatus"/>.</param>
/// <param name="residual">What the namer left of the path.</param>
/// <param name="release">Called once, at the end.</param>
internal sealed class StandingWatch(BoundName bound, ILive<string> standing, Names.Path residual, Action release) : INameWatch
{
    private readonly NameState _bound = NameState.Resolved.To(bound, residual);
    private Action? _release = release;

    public NameState Current => standing.Current switch
    {
        NameStatus.Bound => _bound,
        NameStatus.Neg => NameState.Resolved.Neg,
        _ => NameState.Pending.Instance,
    };

    public IDisposable OnChange(Action changed) => standing.OnChange(changed);

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}
