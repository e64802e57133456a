using System.Buffers;

namespace Mesh.Wire.Buffers;

/// <summary>
/// Where connections borrow their buffers: a stack per thread of each of the three sizes that the data plane uses, so that rent and return on a
/// loop are a few instructions without a lock; the shared array pool for what is larger or comes in bursts.
/// </summary>
/// <remarks>
/// The framework's pool keeps one array per size and thread before it takes locks; a loop holds dozens at once. Bounds per thread:
/// <see cref="TinyKept"/> x 1 KiB, <see cref="SmallKept"/> x 4 KiB and <see cref="LargeKept"/> x 64 KiB (7 MiB together).
/// </remarks>
internal static class BufferPool
{
    /// <summary>One stream's head or small body, bytes: a loop holds thousands while its streams wait for their backends.</summary>
    public const int Tiny = 1024;

    /// <summary>Heads and small messages, bytes.</summary>
    public const int Small = 4 * 1024;

    /// <summary>Streamed bodies, bytes.</summary>
    public const int Large = 64 * 1024;
    private const int TinyKept = 4096;
    private const int SmallKept = 512;
    private const int LargeKept = 16;

    [ThreadStatic] private static Shelf? s_tiny;
    [ThreadStatic] private static Shelf? s_small;
    [ThreadStatic] private static Shelf? s_large;

    public static byte[] Rent(int minimumBytes)
    {
        if (minimumBytes <= Tiny) return (s_tiny ??= new Shelf(TinyKept)).TryTake() ?? new byte[Tiny];
        if (minimumBytes <= Small) return (s_small ??= new Shelf(SmallKept)).TryTake() ?? new byte[Small];
        if (minimumBytes <= Large) return (s_large ??= new Shelf(LargeKept)).TryTake() ?? ArrayPool<byte>.Shared.Rent(Large);
        return ArrayPool<byte>.Shared.Rent(minimumBytes);
    }

    public static void Return(byte[] buffer)
    {
        if (buffer.Length == Tiny)
        {
            (s_tiny ??= new Shelf(TinyKept)).TryKeep(buffer);
        }
        else if (buffer.Length == Small)
        {
            (s_small ??= new Shelf(SmallKept)).TryKeep(buffer);
        }
        else if (buffer.Length != Large || !(s_large ??= new Shelf(LargeKept)).TryKeep(buffer))
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>What this thread's shelves hold, for whoever watches that all comes back and nothing twice. Cold.</summary>
    internal static IEnumerable<byte[]> KeptHere()
    {
        foreach (Shelf? shelf in new[] { s_tiny, s_small, s_large })
        {
            foreach (byte[] buffer in shelf?.Kept ?? []) yield return buffer;
        }
    }

    private sealed class Shelf(int capacity)
    {
        public IEnumerable<byte[]> Kept => _kept.Take(_count);

        private readonly byte[][] _kept = new byte[capacity][];
        private int _count;

        public byte[]? TryTake() => _count == 0 ? null : _kept[--_count];

        public bool TryKeep(byte[] buffer)
        {
            if (_count == _kept.Length) return false;
            _kept[_count++] = buffer;
            return true;
        }
    }
}
