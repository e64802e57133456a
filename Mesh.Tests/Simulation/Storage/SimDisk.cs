using Mesh.Actors.Storage;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.World;
using Mesh.Wire;

namespace Mesh.Tests.Simulation.Storage;

/// <summary>A machine's disk: what is synced outlives the process and the power; what is being written at the power's end may or may not.</summary>
internal sealed class SimDisk(SimWorld world, ulong seed)
{
    private readonly SortedDictionary<string, SortedDictionary<string, byte[]>> _buckets = new(StringComparer.Ordinal);
    private readonly List<Pending> _tail = [];
    private SplitMix64 _random = new(seed);
    private TimeSpan _busyUntil;

    public DiskFaults Faults { get; set; } = DiskFaults.None;

    /// <summary>What is stored cannot be read any more.</summary>
    public bool IsCorrupt { get; set; }

    /// <summary>Writes that were called and are not durable yet.</summary>
    public int Unsynced => _tail.Count;

    /// <summary>The disk as a process sees it; answers to a dead process reach nobody.</summary>
    public IDurableMap Open(SimProcess process) => new View(this, process);

    /// <summary>Of the unsynced tail a beginning survives; how much, the seed says.</summary>
    public void CutPower()
    {
        int survive = _tail.Count == 0 ? 0 : _random.Next(_tail.Count + 1);
        foreach (Pending write in _tail.Take(survive)) Apply(write);
        foreach (Pending write in _tail) write.IsOver = true;
        _tail.Clear();
    }

    private void Apply(Pending write)
    {
        if (!_buckets.TryGetValue(write.Bucket, out SortedDictionary<string, byte[]>? bucket))
            _buckets[write.Bucket] = bucket = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach ((string key, byte[]? value) in write.Changes)
        {
            if (value is null) bucket.Remove(key);
            else bucket[key] = value;
        }
    }

    private ValueTask<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>> Load(SimProcess process, string bucket)
    {
        world.AssertThread();
        var answer = new TaskCompletionSource<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>>();
        Later("disk reads", () =>
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
        var write = new Pending(bucket, [.. changes.Select(change => (change.Key, change.Value?.ToArray()))]);
        _tail.Add(write);
        Later("disk syncs", () =>
        {
            if (write.IsOver) return;
            _tail.Remove(write);
            double lot = _random.NextDouble();
            StorageException? error =
                Faults.Full ? new StorageException(StorageFault.Full, "the simulated disk is full")
                : lot < Faults.Unavailable ? Unavailable()
                : lot < Faults.Unavailable + Faults.Unknown ? new StorageException(StorageFault.Unknown, "the simulated disk did not say")
                : null;
            if (error is null || (error.Fault == StorageFault.Unknown && _random.Next(2) == 0)) Apply(write);
            if (!process.IsAlive) return;
            if (error is null) answer.SetResult();
            else answer.SetException(error);
        });
        return new(answer.Task);
    }

    // In the order of the calls: what was called first is durable first.
    private void Later(string name, Action work)
    {
        double lot = _random.NextDouble();
        TimeSpan latency = TimeSpan.FromMicroseconds(100) + (Faults.MaxLatency * lot * lot * lot * lot);
        TimeSpan at = world.Now + latency;
        if (at <= _busyUntil) at = _busyUntil + TimeSpan.FromTicks(1);
        _busyUntil = at;
        world.At(at, new WorldEvent(name, work));
    }

    private static StorageException Unavailable() => new(StorageFault.Unavailable, "the simulated disk did not answer");

    private sealed class Pending(string bucket, List<(string Key, byte[]? Value)> changes)
    {
        public string Bucket => bucket;

        public List<(string Key, byte[]? Value)> Changes => changes;

        public bool IsOver { get; set; }
    }

    private sealed class View(SimDisk disk, SimProcess process) : IDurableMap
    {
        public ValueTask<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>> Load(string bucket) => disk.Load(process, bucket);

        public ValueTask Write(string bucket, IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>?>> changes) =>
            disk.Write(process, bucket, changes);
    }
}
