using System.Net;
using Mesh.Node.Proxy.Opaque;
using Xunit;

namespace Mesh.Tests.Node.Proxy.Opaque;

public sealed class OwnEndsTests
{
    private static readonly IPEndPoint s_near = IPEndPoint.Parse("10.0.0.1:40000");
    private static readonly IPEndPoint s_far = IPEndPoint.Parse("10.0.0.6:5432");

    private readonly OwnEnds _own = new();

    /// <summary>The system gives one local port to connections that go to different places.</summary>
    [Fact]
    public void ClientFromTheSamePort_ToAnotherPlace_IsNotTheNode()
    {
        _own.Add(s_near, s_far);

        Assert.True(_own.Has(IPEndPoint.Parse("10.0.0.1:40000"), IPEndPoint.Parse("10.0.0.6:5432")));
        Assert.False(_own.Has(s_near, IPEndPoint.Parse("10.0.0.1:4140")));
        Assert.False(_own.Has(s_near, null));
        Assert.False(_own.Has(null, s_far));
    }

    [Fact]
    public void ConnectionThatEnds_TakesOnlyItselfAway()
    {
        _own.Add(s_near, s_far);
        _own.Add(s_near, IPEndPoint.Parse("10.0.0.7:5432"));
        _own.Remove(s_near, s_far);

        Assert.False(_own.Has(s_near, s_far));
        Assert.True(_own.Has(s_near, IPEndPoint.Parse("10.0.0.7:5432")));
    }

    [Theory]
    [InlineData("0.0.0.0:80", "127.0.0.1:80")]
    [InlineData("[::]:80", "[::1]:80")]
    public void WhoDialsTheWildcard_ArrivesOnLoopback(string dialled, string reached)
    {
        _own.Add(s_near, IPEndPoint.Parse(dialled));
        Assert.True(_own.Has(s_near, IPEndPoint.Parse(reached)));

        _own.Remove(s_near, IPEndPoint.Parse(dialled));
        Assert.False(_own.Has(s_near, IPEndPoint.Parse(reached)));
    }
}
