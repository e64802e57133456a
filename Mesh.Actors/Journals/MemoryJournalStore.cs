using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Protocol;

namespace Mesh.Actors.Journals;

/// <summary>
/// A journal that ends with the process: for tests, simulations and programs that keep nothing. Several nodes of one process may share it.
/// </summary>
/// <remarks>Any thread. Every call is done when it returns; disposing it keeps the content, so that a test may look.</remarks>
internal sealed class MemoryJournalStore(TimeProvider time, JournalMetrics? metrics = null) : CommandJournalStore(time, metrics)
{
    private readonly Lock _gate = new();
    private readonly LeaseClock _leases = new();
    private readonly TimeProvider _time = time;

    /// <summary>What it holds; tests look.</summary>
    public MemoryJournalMachine Machine { get; } = new();

    public override string Kind => "memory";

    public override bool IsShared => true;

    public override ValueTask<JournalStatus> Status(CancellationToken cancel) =>
        new(new JournalStatus(Kind, true, "in memory: nothing is kept when the process ends", JournalFacts.Lines(Machine.Facts())));

    public override ValueTask DisposeAsync() => default;

    protected override ValueTask<JournalReply> Submit(JournalCommand command, CancellationToken cancel) => new(Machine.Apply(command));

    protected override ValueTask<JournalReply> SubmitAcquire(string name, ulong holder, TimeSpan duration, CancellationToken cancel)
    {
        lock (_gate)
        {
            TimeSpan now = _time.GetElapsedTime(0);
            AcquireLease ask = _leases.Ask(name, holder, duration, Machine.Lease(name), now);
            JournalReply reply = Machine.Apply(JournalMessages.Acquire(ask, _time.GetUtcNow()));
            _leases.Observe(name, LeaseRow.From(reply.Lease.Row), now);
            return new(reply);
        }
    }

    protected override ValueTask<T> Query<T>(Func<IJournalReads, T> query, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return new(query(Machine));
    }
}
