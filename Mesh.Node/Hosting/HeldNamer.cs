using System.Collections.Immutable;
using Mesh.Discovery.Names;
using Mesh.Node.Config;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Hosting;

/// <summary>
/// A configured namer and who still watches its names: once a reload has taken it out of the config it lives on until the last binding has
/// asked its successor, so that nobody loses what it serves with.
/// </summary>
/// <remarks>Any thread.</remarks>
/// <param name="config">As written.</param>
/// <param name="namer">Of that config.</param>
/// <param name="owned">What ends with it: the namer itself, what is under it, its transformers.</param>
internal sealed class HeldNamer(NamerConfig config, INamer namer, ImmutableArray<IDisposable> owned) : INamer
{
    /// <summary>The watches that are out, and one for being in the config.</summary>
    private int _holds = 1;

    private int _isRetired;

    public NamerConfig Config => config;

    public Path Prefix => namer.Prefix;

    public ImmutableArray<string> Problems => namer.Problems;

    public ImmutableArray<NameStatus> Status => namer.Status;

    /// <summary>
    /// Once it has ended it knows nothing any more: who still asks by the old rules waits for the evaluation by the new ones, which is on its way.
    /// </summary>
    public INameWatch Lookup(Path residual) =>
        TryHold() ? new Watch(this, namer.Lookup(residual)) : new FixedNameWatch(NameState.Pending.Instance);

    public Task<ImmutableArray<Path>> ListNamesAsync(CancellationToken cancellation) => namer.ListNamesAsync(cancellation);

    /// <summary>No longer in the config: ends with its last watch. Idempotent.</summary>
    public void Retire()
    {
        if (Interlocked.Exchange(ref _isRetired, 1) == 0) Release();
    }

    private bool TryHold()
    {
        int holds = Volatile.Read(ref _holds);
        while (holds > 0)
        {
            int seen = Interlocked.CompareExchange(ref _holds, holds + 1, holds);
            if (seen == holds) return true;
            holds = seen;
        }

        return false;
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _holds) != 0) return;
        foreach (IDisposable part in owned) part.Dispose();
    }

    private sealed class Watch(HeldNamer holder, INameWatch inner) : INameWatch
    {
        private int _isDisposed;

        public NameState Current => inner.Current;

        public IDisposable OnChange(Action changed) => inner.OnChange(changed);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
            inner.Dispose();
            holder.Release();
        }
    }
}
