using Mesh.Actors.Journals;
using Mesh.Actors.Journals.Sqlite;
using Mesh.Tests.Kit;
using Mesh.Wire.Metrics;

namespace Mesh.Tests.Actors.Journals;

/// <summary>A journal file in a folder of its own.</summary>
internal sealed class SqliteBed : JournalBed
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-journal-").FullName;
    private readonly MetricRegistry _metrics = new(1);
    private SqliteJournalStore? _store;

    public SqliteBed() => Reopen();

    public string Path => System.IO.Path.Combine(_folder, "state", "journal.db");

    public FakeTime Time { get; } = new();

    public SqliteJournalStore Sqlite => _store!;

    /// <summary>Commits since the last opening.</summary>
    public long Commits => _metrics.Counter(JournalMetricNames.Commits, "", LabelSet.Empty.With(("store", "sqlite"))).Value;

    public override IJournalStore Store => Sqlite;

    public override Task PassTime(TimeSpan time)
    {
        Time.Advance(time);
        return Task.CompletedTask;
    }

    public override async Task Restart()
    {
        await Close();
        Reopen();
    }

    public async Task Close() => await Sqlite.DisposeAsync();

    public void Reopen() => _store = SqliteJournalStore.Open(Path, Time, new JournalMetrics(_metrics.OpenScope(), "sqlite"));

    public override async ValueTask DisposeAsync()
    {
        await Close();
        Directory.Delete(_folder, recursive: true);
    }
}
