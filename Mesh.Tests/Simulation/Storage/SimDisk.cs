using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Storage;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.World;
using Mesh.Wire;

namespace Mesh.Tests.Simulation.Storage;

/// <summary>A machine's disk: what is synced outlives the process and the power; what is being written at the power's end may or may not.</summary>
internal sealed class SimDisk(SimWorld world, ulong seed)
{
    private readonly SortedDictionary<string, SortedDictionary<string, byte[]>> _buckets = new(StringComparer.Ordinal);
    private readonly SimFile _map = new();
    private readonly SimFile[] _others = [new(), new()];
    private SplitMix64 _random = new(seed);

    public DiskFaults Faults { get; set; } = DiskFaults.None;

    /// <summary>What is stored cannot be read any more.</summary>
    public bool IsCorrupt { get; set; }

    /// <summary>Writes that were called and are not durable yet.</summary>
    public int Unsynced => _map.Tail.Count + _others.Sum(file => file.Tail.Count);

    /// <summary>The log of the quorum journal's member whose disk this is.</summary>
    public SimFile Log => _others[0];

    /// <summary>Its state machine's file.</summary>
    public SimFile Journal => _others[1];

    public RaftImage Raft { get; } = new();

    public MemoryJournalMachine Machine { get; } = new();

    /// <summary>The disk as a process sees it; answers to a dead process reach nobody.</summary>
    public IDurableMap Open(SimProcess process) => new View(this, process);

    /// <summary>Of the unsynced tail of each file a beginning survives; how much, the seed says.</summary>
    public void CutPower()
    {
        CutPower(_map);
        foreach (SimFile file in _others) CutPower(file);
    }

    /// <summary>Does something to a file, in the order of the calls; whoever asked hears of it on its loop, if it still lives.</summary>
    public void Do(SimProcess process, SimFile file, Action work, Action<StorageException?> done) =>
        Write(file, work, error => process.Loop.Post(() => done(error)));

    private void CutPower(SimFile file)
    {
        int survive = file.Tail.Count == 0 ? 0 : _random.Next(file.Tail.Count + 1);
        foreach (SimWrite write in file.Tail.Take(survive)) write.Apply();
        foreach (SimWrite write in file.Tail) write.IsOver = true;
        file.Tail.Clear();
    }

    private void Apply(string name, List<(string Key, byte[]? Value)> changes)
    {
        if (!_buckets.TryGetValue(name, out SortedDictionary<string, byte[]>? bucket))
            _buckets[name] = bucket = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach ((string key, byte[]? value) in changes)
        {
            if (value is null) bucket.Remove(key);
            else bucket[key] = value;
        }
    }

    private ValueTask<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>> Load(SimProcess process, string bucket)
    {
        world.AssertThread();
        var answer = new TaskCompletionSource<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>>();
        Later(_map, "disk reads", () =>
        {
            if (!process.IsAlive) return;
            if (IsCorrupt) answer.SetException(new StorageException(StorageFault.Corrupt, "the simulated disk is corrupt"));
            else if (_random.NextDouble() < Faults.Unavailable) answer.SetException(Unavailable());
            else answer.SetResult(_buckets.TryGetValue(bucket, out SortedDictionary<string, byte[]>? all)
                ? [.. all.Select(pair => KeyValuePair.Create<string, ReadOnlyMemory<byte>>(pair.Key, pair.Value))]
                : []);
        });
        return new(answer.Task);
    }

    private ValueTask Write(SimProcess process, string bucket, IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>?>> changes)
    {
        world.AssertThread();
        var answer = new TaskCompletionSource();
        List<(string Key, byte[]? Value)> copy = [.. changes.Select(change => (change.Key, change.Value?.ToArray()))];
        Write(_map, () => Apply(bucket, copy), error =>
        {
            if (!process.IsAlive) return;
            if (error is null) answer.SetResult();
            else answer.SetException(error);
        });
        return new(answer.Task);
    }

    private void Write(SimFile file, Action work, Action<StorageException?> done)
    {
        var write = new SimWrite(work);
        file.Tail.Add(write);
        Later(file, "disk syncs", () =>
        {
            if (write.IsOver) return;
            file.Tail.Remove(write);
            double lot = _random.NextDouble();
            StorageException? error =
                Faults.Full ? new StorageException(StorageFault.Full, "the simulated disk is full")
                : lot < Faults.Unavailable ? Unavailable()
                : lot < Faults.Unavailable + Faults.Unknown ? new StorageException(StorageFault.Unknown, "the simulated disk did not say")
                : null;
            if (error is null || (error.Fault == StorageFault.Unknown && _random.Next(2) == 0)) write.Apply();
            done(error);
        });
    }

    // In the order of the calls: what was called first is durable first.
    private void Later(SimFile file, string name, Action work)
    {
        double lot = _random.NextDouble();
        TimeSpan latency = TimeSpan.FromMicroseconds(100) + (Faults.MaxLatency * lot * lot * lot * lot);
        TimeSpan at = world.Now + latency;
        if (at <= file.BusyUntil) at = file.BusyUntil + TimeSpan.FromTicks(1);
        file.BusyUntil = at;
        world.At(at, new WorldEvent(name, work));
    }

    private static StorageException Unavailable() => new(StorageFault.Unavailable, "the simulated disk did not answer");

    private sealed class View(SimDisk disk, SimProcess process) : IDurableMap
    {
        public ValueTask<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>> Load(string bucket) => disk.Load(process, bucket);

        public ValueTask Write(string bucket, IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>?>> changes) =>
            disk.Write(process, bucket, changes);
    }
}
