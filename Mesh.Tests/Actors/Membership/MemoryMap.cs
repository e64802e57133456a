using Mesh.Actors.Storage;

namespace Mesh.Tests.Actors.Membership;

/// <summary>A disk that never fails, unless told to.</summary>
internal sealed class MemoryMap : IDurableMap
{
    private readonly SortedDictionary<string, ReadOnlyMemory<byte>> _pairs = new(StringComparer.Ordinal);

    public bool FailsToLoad { get; set; }

    public ValueTask<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>> Load(string bucket)
    {
        if (FailsToLoad)
        {
            return ValueTask.FromException<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>>(
                new StorageException(StorageFault.Corrupt, "a test's"));
        }

        return ValueTask.FromResult<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>>(
        [
            .. _pairs.Where(pair => pair.Key.StartsWith(bucket + "/", StringComparison.Ordinal))
                .Select(pair => KeyValuePair.Create(pair.Key[(bucket.Length + 1)..], pair.Value)),
        ]);
    }

    public ValueTask Write(string bucket, IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>?>> changes)
    {
        foreach ((string key, ReadOnlyMemory<byte>? value) in changes)
        {
            if (value is { } bytes) _pairs[$"{bucket}/{key}"] = bytes;
            else _pairs.Remove($"{bucket}/{key}");
        }

        return ValueTask.CompletedTask;
    }
}
