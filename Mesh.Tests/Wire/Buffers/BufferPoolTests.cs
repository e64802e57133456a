using Mesh.Wire.Buffers;
using Xunit;

namespace Mesh.Tests.Wire.Buffers;

public sealed class BufferPoolTests
{
    [Theory]
    [InlineData(1, BufferPool.Tiny)]
    [InlineData(BufferPool.Tiny, BufferPool.Tiny)]
    [InlineData(BufferPool.Tiny + 1, BufferPool.Small)]
    [InlineData(BufferPool.Small, BufferPool.Small)]
    [InlineData(BufferPool.Small + 1, BufferPool.Large)]
    [InlineData(BufferPool.Large, BufferPool.Large)]
    [InlineData(BufferPool.Large + 1, 2 * BufferPool.Large)]
    public void Rent_GivesTheSizeThatHoldsIt(int minimum, int length)
    {
        byte[] buffer = BufferPool.Rent(minimum);

        Assert.Equal(length, buffer.Length);
        BufferPool.Return(buffer);
    }

    [Theory]
    [InlineData(BufferPool.Tiny)]
    [InlineData(BufferPool.Small)]
    [InlineData(BufferPool.Large)]
    public void LastReturned_IsTheFirstRentedOfTheSameThread(int size)
    {
        byte[] buffer = BufferPool.Rent(size);
        BufferPool.Return(buffer);

        Assert.Same(buffer, BufferPool.Rent(size));
    }

    [Fact]
    public void BurstOfReturns_NeverGivesOneArrayTwice()
    {
        byte[][] burst = [.. Enumerable.Range(0, 600).Select(_ => BufferPool.Rent(BufferPool.Small))];
        foreach (byte[] buffer in burst) BufferPool.Return(buffer);

        HashSet<byte[]> rented = [.. Enumerable.Range(0, 600).Select(_ => BufferPool.Rent(BufferPool.Small))];

        Assert.Equal(600, rented.Count);
    }
}
