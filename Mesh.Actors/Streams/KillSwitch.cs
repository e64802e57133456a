using System.Runtime.CompilerServices;

namespace Mesh.Actors.Streams;

/// <summary>Ends any number of streams from outside. Any thread; the first call counts.</summary>
public sealed class KillSwitch : IDisposable
{
    private readonly CancellationTokenSource _thrown = new();
    private Exception? _cause;
    private int _done;

    /// <summary>Ends them in order, as if their sources had ended.</summary>
    public void Shutdown() => Throw(null);

    /// <summary>Fails them.</summary>
    public void Abort(Exception cause) => Throw(cause);

    public void Dispose() => _thrown.Dispose();

    internal async IAsyncEnumerable<T> Guard<T>(
        Func<CancellationToken, IAsyncEnumerable<T>> open, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, _thrown.Token);
        await using IAsyncEnumerator<T> source = open(either.Token).GetAsyncEnumerator(either.Token);
        while (await Next(source, cancel).ConfigureAwait(false)) yield return source.Current;
    }

    private async ValueTask<bool> Next<T>(IAsyncEnumerator<T> source, CancellationToken cancel)
    {
        try
        {
            bool more = !_thrown.IsCancellationRequested && await source.MoveNextAsync().ConfigureAwait(false);
            if (!_thrown.IsCancellationRequested) return more;
        }
        catch (OperationCanceledException) when (_thrown.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
        }

        return _cause is null ? false : throw _cause;
    }

    private void Throw(Exception? cause)
    {
        if (Interlocked.Exchange(ref _done, 1) == 1) return;
        _cause = cause;
        _thrown.Cancel();
    }
}
