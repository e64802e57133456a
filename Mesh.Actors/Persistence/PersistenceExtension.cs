using Mesh.Actors.Journals;
using Mesh.Actors.Remoting;

namespace Mesh.Actors.Persistence;

/// <summary>What the persistent actors of a system share: the journal, the serializers of their events, permits to recover.</summary>
public sealed class PersistenceExtension
{
    public PersistenceExtension(IJournalStore journal, IMessageSerializer serializer, TimeProvider time, PersistenceSettings? settings = null)
    {
        Journal = journal;
        Serializer = serializer;
        Time = time;
        Settings = settings ?? new PersistenceSettings();
        Writer = new JournalWriter(journal, Settings, time);
        Permits = new RecoveryPermits(Settings.MaxConcurrentRecoveries);
    }

    public IJournalStore Journal { get; }

    public IMessageSerializer Serializer { get; }

    internal TimeProvider Time { get; }

    internal PersistenceSettings Settings { get; }

    internal JournalWriter Writer { get; }

    internal RecoveryPermits Permits { get; }
}
