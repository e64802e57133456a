namespace Mesh.Discovery.Names;

/// <summary>An answer that never changes; disposal may still release something.</summary>
public sealed class FixedNameWatch(NameState state, Action? release = null) : INameWatch
{
    private Action? _release = release;

    public NameState Current => state;

    public IDisposable OnChange(Action changed) => Nothing.Instance;

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();

    private sealed class Nothing : IDisposable
    {
        public static readonly Nothing Instance = new();

        public void Dispose()
        {
        }
    }
}
