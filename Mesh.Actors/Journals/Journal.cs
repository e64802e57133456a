using Mesh.Actors.Journals.Postgres;
using Mesh.Actors.Journals.Sqlite;
using Mesh.Actors.Storage;
using Mesh.Wire.Metrics;

namespace Mesh.Actors.Journals;

/// <summary>Opens the journal that a node's settings ask for.</summary>
public static class Journal
{
    /// <summary>The stores that one node can open by itself; the quorum needs the other core nodes.</summary>
    /// <exception cref="ArgumentException">The settings have faults, or ask for the quorum.</exception>
    /// <exception cref="StorageException">sqlite: the file is in use, damaged, too new, or out of reach. PostgreSQL is asked later, by the first
    /// call.</exception>
    public static IJournalStore Open(JournalSettings settings, TimeProvider time, MetricScope? scope)
    {
        string[] faults = [.. settings.Faults()];
        if (faults.Length > 0) throw new ArgumentException(string.Join("; ", faults), nameof(settings));
        JournalMetrics? metrics = scope is null ? null : new JournalMetrics(scope, NameOf(settings.Kind));
        return settings.Kind switch
        {
            JournalKind.Sqlite => SqliteJournalStore.Open(settings.Path, time, metrics),
            JournalKind.Postgresql => new PostgresJournalStore(settings, time, metrics),
            JournalKind.Memory => new MemoryJournalStore(time, metrics),
            _ => throw new ArgumentException($"a journal of kind {NameOf(settings.Kind)} is not opened by one node alone", nameof(settings)),
        };
    }

    /// <summary>As configuration, metrics and status write it.</summary>
    public static string NameOf(JournalKind kind) => kind.ToString().ToLowerInvariant();
}
