using System.Buffers;

namespace Mesh.Wire.Buffers;

/// <summary>Where connections borrow their buffers: the shared array pool, whose per-thread cache makes rent and return a few nanoseconds on a loop.</summary>
internal static class BufferPool
{
    public static byte[] Rent(int minimumBytes) => ArrayPool<byte>.Shared.Rent(minimumBytes);

    public static void Return(byte[] buffer) => ArrayPool<byte>.Shared.Return(buffer);
}
