using Mesh.Actors.Journals;

namespace Mesh.Tests.Actors.Journals;

/// <summary>One empty journal for one test of the contract, and what the test may do to it.</summary>
public abstract class JournalBed : IAsyncDisposable
{
    /// <summary>The store under test; another object after <see cref="Restart"/>.</summary>
    public abstract IJournalStore Store { get; }

    /// <summary>False for a store that ends with its process.</summary>
    public virtual bool SurvivesRestart => true;

    /// <summary>Lets so much time pass on the clock by which this store's leases run out.</summary>
    public abstract Task PassTime(TimeSpan time);

    /// <summary>Closes the store and opens what it kept.</summary>
    public virtual Task Restart() => Task.CompletedTask;

    public abstract ValueTask DisposeAsync();
}
