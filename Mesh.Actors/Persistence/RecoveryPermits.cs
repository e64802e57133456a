namespace Mesh.Actors.Persistence;

/// <summary>Lets so many recover at a time, first come, first served. Any thread.</summary>
/// <remarks>
/// A permit is held by a using statement and a place in the queue by a cancellation token: an actor that stops while it waits or reads gives
/// back what it has, so no permit is lost with its owner.
/// </remarks>
internal sealed class RecoveryPermits(int count)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Place> _waiting = [];
    private int _free = count;

    /// <summary>Permits that nobody holds.</summary>
    public int Free
    {
        get
        {
            lock (_gate) return _free;
        }
    }

    /// <summary>A permit, now or later; the task is cancelled when the token is before there was one.</summary>
    /// <remarks>No await in here: it would run on the pool when a permit is passed on inside an actor's turn.</remarks>
    public Task<Permit> Acquire(CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested) return Task.FromCanceled<Permit>(cancel);
        Place place;
        lock (_gate)
        {
            if (_free > 0)
            {
                _free--;
                return Task.FromResult(new Permit(this));
            }

            place = new Place();
            _waiting.AddLast(place);
        }

        place.Leave = cancel.Register(() => Leave(place));
        return place.Turn.Task;
    }

    private void Leave(Place place)
    {
        lock (_gate) _waiting.Remove(place);
        place.Turn.TrySetCanceled();
    }

    private void Release()
    {
        Place? next = null;
        lock (_gate)
        {
            if (_waiting.First is { } first)
            {
                next = first.Value;
                next.Leave.Unregister();
                _waiting.RemoveFirst();
            }
            else
            {
                _free++;
            }
        }

        // Cancelled between the lock and here: the permit goes to the one behind.
        if (next is not null && !next.Turn.TrySetResult(new Permit(this))) Release();
    }

    private sealed class Place
    {
        public TaskCompletionSource<Permit> Turn { get; } = new();

        public CancellationTokenRegistration Leave { get; set; }
    }

    /// <summary>The right to recover; disposing it passes it on.</summary>
    internal sealed class Permit(RecoveryPermits permits) : IDisposable
    {
        private RecoveryPermits? _permits = permits;

        public void Dispose() => Interlocked.Exchange(ref _permits, null)?.Release();
    }
}
