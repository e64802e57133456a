using Mesh.Node.Hosting;
using Xunit;

namespace Mesh.Tests.Node.Hosting;

public sealed class RejoinBackoffTests
{
    [Theory]
    [InlineData(0, 0.0, 125)]
    [InlineData(0, 1.0, 250)]
    [InlineData(1, 1.0, 500)]
    [InlineData(4, 0.5, 3000)]
    [InlineData(6, 1.0, 16_000)]
    [InlineData(7, 1.0, 30_000)]
    [InlineData(7, 0.0, 15_000)]
    [InlineData(int.MaxValue, 1.0, 30_000)]
    public void Wait_DoublesUpToTheLongest_AndIsHalfByChance(int attempts, double chance, int milliseconds)
    {
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), RejoinBackoff.After(attempts, chance));
    }
}
