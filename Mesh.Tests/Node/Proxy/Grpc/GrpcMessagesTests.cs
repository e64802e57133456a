using Mesh.Node.Proxy.Grpc;
using Xunit;

namespace Mesh.Tests.Node.Proxy.Grpc;

public sealed class GrpcMessagesTests
{
    private static readonly byte[] s_three = [0, 0, 0, 0, 3, 1, 2, 3];
    private static readonly byte[] s_empty = [1, 0, 0, 0, 0];

    [Fact]
    public void BodyIsBetweenMessages_BeforeTheFirstAndAfterEach_HoweverItIsCut()
    {
        byte[] body = [.. s_three, .. s_empty, .. s_three];
        HashSet<int> between = [0, 8, 13, 21];

        for (int first = 0; first <= body.Length; first++)
        {
            for (int second = first; second <= body.Length; second++)
            {
                GrpcMessages messages = new();
                messages.Take(body.AsSpan(0, first));
                Assert.Equal(between.Contains(first), messages.IsBetween);
                messages.Take(body.AsSpan(first, second - first));
                Assert.Equal(between.Contains(second), messages.IsBetween);
            }
        }
    }

    [Fact]
    public void LargestLength_IsAwaited()
    {
        GrpcMessages messages = new();

        messages.Take([0, 0xff, 0xff, 0xff, 0xff, 1]);
        Assert.False(messages.IsBetween);
        messages.Begin();

        Assert.True(messages.IsBetween);
    }
}
