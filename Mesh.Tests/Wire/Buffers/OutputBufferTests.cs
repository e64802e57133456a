using FsCheck;
using FsCheck.Fluent;
using Mesh.Wire;
using Mesh.Wire.Buffers;
using Xunit;

namespace Mesh.Tests.Wire.Buffers;

public sealed class OutputBufferTests
{
    [Fact]
    public void AnyAppendsAndConsumes_KeepTheBytesInOrder() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            SplitMix64 random = new((ulong)seed);
            OutputBuffer output = new();
            Queue<byte> model = new();
            for (int step = 0; step < 60; step++)
            {
                int count = random.Next(random.Next(8) == 0 ? 90_000 : 3000);
                if (random.Next(2) == 0)
                {
                    byte[] bytes = new byte[count];
                    for (int i = 0; i < count; i++) model.Enqueue(bytes[i] = (byte)random.Next(256));
                    if (random.Next(2) == 0) output.Append(bytes);
                    else
                    {
                        bytes.CopyTo(output.Reserve(count));
                        output.Commit(count);
                    }
                }
                else
                {
                    int taken = Math.Min(count, output.Length);
                    output.Consume(taken);
                    for (int i = 0; i < taken; i++) model.Dequeue();
                }
            }

            return output.Length == model.Count && output.Pending.SequenceEqual(model.ToArray());
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void EmptyBuffer_HoldsNoMemory()
    {
        OutputBuffer output = new();
        output.Append("hello"u8);
        byte[] other = BufferPool.Rent(BufferPool.Small);

        output.Consume(5);

        Assert.True(output.Pending.IsEmpty);
        Assert.NotSame(other, BufferPool.Rent(BufferPool.Small));
        output.Release();
    }
}
