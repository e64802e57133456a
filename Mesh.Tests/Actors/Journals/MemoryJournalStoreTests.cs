using Mesh.Actors.Journals;
using Mesh.Tests.Kit;

namespace Mesh.Tests.Actors.Journals;

/// <summary>The contract in memory.</summary>
public sealed class MemoryJournalStoreTests : JournalContract
{
    protected override Task<JournalBed> Open() => Task.FromResult<JournalBed>(new MemoryBed());

    private sealed class MemoryBed : JournalBed
    {
        private readonly FakeTime _time = new();

        public MemoryBed() => Store = new MemoryJournalStore(_time);

        public override IJournalStore Store { get; }

        public override bool SurvivesRestart => false;

        public override Task PassTime(TimeSpan time)
        {
            _time.Advance(time);
            return Task.CompletedTask;
        }

        public override ValueTask DisposeAsync() => Store.DisposeAsync();
    }
}
