using System.Collections.Immutable;
using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Journals.Quorum.Raft;
using Mesh.Actors.Journals.Quorum.Storage;
using Mesh.Actors.Storage;
using Mesh.Tests.Simulation.Nodes;

namespace Mesh.Tests.Simulation.Storage;

/// <summary>What a member's log file holds on a simulated disk.</summary>
internal sealed class RaftImage
{
    public ulong Id { get; set; }

    public long Boot { get; set; }

    public RaftHardState Hard { get; set; }

    public RaftBase Base { get; set; } = RaftBase.Zero;

    public ImmutableList<RaftEntry> Entries { get; set; } = [];

    public RaftBase? Announced { get; set; }

    /// <summary>The newest group in it.</summary>
    public RaftGroup Group => Entries.FindLast(entry => entry.Kind == EntryKind.Group) is { } entry ? RaftGroup.Of(entry) : Base.Group;
}

/// <summary>Log and votes of a member on its machine's disk.</summary>
internal sealed class SimRaftStorage(SimProcess process) : IRaftStorage
{
    private readonly SimDisk _disk = process.Machine.Disk;

    private RaftImage Image => _disk.Raft;

    public void Load(ulong freshId, Action<RaftRecovered?, Exception?> done)
    {
        RaftRecovered? recovered = null;
        _disk.Do(process, _disk.Log, () =>
        {
            if (Image.Id == 0) Image.Id = freshId;
            Image.Boot++;
            recovered = new RaftRecovered(
                Image.Id, Image.Hard with { Boot = Image.Boot }, Image.Base, [.. Image.Entries], Image.Announced);
        }, error => done(error is null ? recovered : null, error));
    }

    public void Save(RaftWrite write, Action<Exception?> done) => _disk.Do(process, _disk.Log, () =>
    {
        ImmutableList<RaftEntry> entries = Image.Entries;
        RaftBase start = write.Base ?? Image.Base;
        if (write.Base is not null) entries = entries.RemoveAll(entry => entry.Index <= start.Index);
        if (write.TruncateFrom != long.MaxValue) entries = entries.RemoveAll(entry => entry.Index >= write.TruncateFrom);
        long first = write.Entries.IsEmpty ? long.MaxValue : write.Entries[0].Index;
        entries = entries.RemoveAll(entry => entry.Index >= first && entry.Index <= write.Entries[^1].Index).AddRange(write.Entries);
        for (int i = 0; i < entries.Count; i++)
        {
            int at = i;
            process.World.Assert(
                entries[i].Index == start.Index + 1 + i, "raft log",
                () => $"{process} stores entry {entries[at].Index} where {start.Index + 1 + at} belongs");
        }

        (Image.Hard, Image.Base, Image.Entries) = (write.Hard, start, entries);
        if (write.Base is not null) Image.Announced = null;
    }, done);

    public void Announce(RaftBase snapshot, Action<Exception?> done) => _disk.Do(process, _disk.Log, () => Image.Announced = snapshot, done);

    public ValueTask DisposeAsync() => default;
}

/// <summary>A member's second thread, for its state machine's file.</summary>
internal sealed class SimBlockingWork(SimProcess process) : IBlockingWork
{
    private readonly SimDisk _disk = process.Machine.Disk;

    public void Run<T>(Func<T> work, Action<T?, Exception?> done)
    {
        T? result = default;
        Exception? thrown = null;
        _disk.Do(process, _disk.Journal, Try, error => done(error is null && thrown is null ? result : default, (Exception?)error ?? thrown));

        void Try()
        {
            try
            {
                result = work();
            }
            catch (Exception fault) when (fault is StorageException or InvalidOperationException)
            {
                thrown = fault;
            }
        }
    }
}
