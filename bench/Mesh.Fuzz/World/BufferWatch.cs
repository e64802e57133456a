using Mesh.Wire.Buffers;

namespace Mesh.Fuzz.World;

/// <summary>
/// Watches the buffers that this thread's pool keeps: each that was rented comes back, none twice. What lies on the shelves is filled with a
/// pattern, so that whoever goes on reading from a buffer that he gave back reads that.
/// </summary>
internal sealed class BufferWatch
{
    /// <summary>Kept of each size before a case; few, so that looking at all of them costs little.</summary>
    private const int Stock = 6;

    /// <summary>Bytes at the front of each buffer that are filled.</summary>
    private const int Watched = 256;

    private const byte Pattern = 0xDD;
    private readonly int[] _before;

    public BufferWatch()
    {
        Restock(BufferPool.Tiny);
        Restock(BufferPool.Small);
        Restock(BufferPool.Large);
        _before = Counts();
        Look();
    }

    /// <summary>Between two events.</summary>
    public static void Look()
    {
        HashSet<byte[]> kept = new(ReferenceEqualityComparer.Instance);
        foreach (byte[] buffer in BufferPool.KeptHere())
        {
            FuzzFaultException.Require(kept.Add(buffer), "a buffer was given back twice");
            buffer.AsSpan(0, Watched).Fill(Pattern);
        }
    }

    /// <summary>Nothing is out any more.</summary>
    public void RequireAllBack()
    {
        Look();
        int[] after = Counts();
        for (int size = 0; size < after.Length; size++)
            FuzzFaultException.Require(after[size] >= _before[size], $"buffers did not come back: {_before[size] - after[size]} of size {size}");
    }

    private static int[] Counts()
    {
        int[] counts = new int[3];
        foreach (byte[] buffer in BufferPool.KeptHere()) counts[buffer.Length == BufferPool.Tiny ? 0 : buffer.Length == BufferPool.Small ? 1 : 2]++;
        return counts;
    }

    /// <summary>Takes what earlier cases left away, and lays down so many.</summary>
    private static void Restock(int size)
    {
        while (BufferPool.KeptHere().Count(buffer => buffer.Length == size) > Stock) BufferPool.Rent(size);
        while (BufferPool.KeptHere().Count(buffer => buffer.Length == size) < Stock) BufferPool.Return(new byte[size]);
    }
}
