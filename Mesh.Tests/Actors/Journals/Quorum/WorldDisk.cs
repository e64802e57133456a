using System.Collections.Immutable;
using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Journals.Quorum.Raft;
using Mesh.Actors.Journals.Quorum.Storage;
using Mesh.Actors.Storage;

namespace Mesh.Tests.Actors.Journals.Quorum;

/// <summary>A disk: what was confirmed is there after a crash, unless the disk lies.</summary>
internal sealed class WorldDisk
{
    private const int Remembered = 12;

    private readonly List<State> _history = [new State(default, RaftBase.Zero, [], null)];

    internal sealed record State(RaftHardState Hard, RaftBase Base, ImmutableList<RaftEntry> Entries, RaftBase? Announced);

    public State Now => _history[^1];

    public ulong Id { get; set; }

    public long Boot { get; set; }

    /// <summary>The node remembers that it had another.</summary>
    public bool IsReplacement { get; init; }

    public bool IsFailing { get; set; }

    /// <summary>What work on the journal's file alone fails with; null: it works.</summary>
    public StorageFault? JournalFault { get; set; }

    public bool IsSlow { get; set; }

    /// <summary>Work of this disk is done in order.</summary>
    public TimeSpan BusyUntil { get; set; }

    public void Put(State state)
    {
        _history.Add(state);
        if (_history.Count > Remembered) _history.RemoveAt(0);
    }

    public void Crash(int lostWrites)
    {
        BusyUntil = TimeSpan.Zero;
        int lost = Math.Min(lostWrites, _history.Count - 1);
        if (lost == 0 || _history[^(lost + 1)].Hard.GroupId != Now.Hard.GroupId) return;
        _history.RemoveRange(_history.Count - lost, lost);
        _history[^1] = Now with { Hard = Now.Hard with { IsImpaired = true } };
    }
}

/// <summary>A disk's thread, in virtual time.</summary>
internal sealed class WorldWork(World world, WorldLoop loop, WorldDisk disk) : IBlockingWork
{
    /// <summary>Work on the journal, not on the log.</summary>
    public bool IsJournal { get; init; }

    public void Run<T>(Func<T> work, Action<T?, Exception?> done)
    {
        int most = disk.IsSlow ? 300 : 6;
        TimeSpan at = Max(world.Now, disk.BusyUntil) + TimeSpan.FromMilliseconds(world.Random.Next(most));
        disk.BusyUntil = at;
        world.At(at, loop, () =>
        {
            try
            {
                if (disk.IsFailing) throw new StorageException(StorageFault.Full, "disk full");
                if (IsJournal && disk.JournalFault is { } fault) throw new StorageException(fault, "journal.db failed");
                T result = work();
                world.At(world.Now, loop, () => done(result, null));
            }
            catch (StorageException failed)
            {
                world.At(world.Now, loop, () => done(default, failed));
            }
        });
    }

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
}

/// <summary>Log and votes on such a disk.</summary>
internal sealed class WorldStorage(World world, WorldLoop loop, WorldDisk disk) : IRaftStorage
{
    private readonly WorldWork _work = new(world, loop, disk);

    public void Load(ulong freshId, Action<RaftRecovered?, Exception?> done) => _work.Run(
        () =>
        {
            if (disk.Id == 0) disk.Id = freshId;
            WorldDisk.State state = disk.Now;
            var recovered = new RaftRecovered(
                disk.Id, state.Hard with { Boot = ++disk.Boot }, state.Base, [.. state.Entries], state.Announced)
            {
                IsReplacement = disk.IsReplacement,
            };
            return recovered;
        },
        done);

    public void Save(RaftWrite write, Action<Exception?> done) => _work.Run(
        () =>
        {
            ImmutableList<RaftEntry> entries = disk.Now.Entries;
            if (write.Base is { } start) entries = entries.RemoveAll(entry => entry.Index <= start.Index);
            if (write.TruncateFrom != long.MaxValue) entries = entries.RemoveAll(entry => entry.Index >= write.TruncateFrom);
            RaftBase first = write.Base ?? disk.Now.Base;
            entries = entries.AddRange(write.Entries);
            for (int i = 0; i < entries.Count; i++)
                if (entries[i].Index != first.Index + 1 + i)
                    throw new InvalidOperationException($"a hole in the stored log at {entries[i].Index}");
            disk.Put(new WorldDisk.State(write.Hard, first, entries, write.Base is null ? disk.Now.Announced : null));
            return true;
        },
        (_, error) => done(error));

    public void Announce(RaftBase snapshot, Action<Exception?> done) => _work.Run(
        () =>
        {
            disk.Put(disk.Now with { Announced = snapshot });
            return true;
        },
        (_, error) => done(error));

    public ValueTask DisposeAsync() => default;
}
