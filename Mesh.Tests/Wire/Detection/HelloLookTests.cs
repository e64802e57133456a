using System.Text;
using Mesh.Tests.Wire.Http1Connections;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Detection;
using Xunit;

namespace Mesh.Tests.Wire.Detection;

public sealed class HelloLookTests : IDisposable
{
    private const long Second = 1_000_000_000;
    private readonly ManualLoop _loop = new();
    private readonly FakeTransport _transport;
    private readonly List<(LookEnd, string)> _told = [];

    public HelloLookTests() => _transport = new FakeTransport(_loop);

    public void Dispose() => _loop.Dispose();

    [Fact]
    public void TellsTheName_AndLeavesTheBytes()
    {
        byte[] hello = Hello("example.com");
        Start();

        foreach (byte each in hello) _transport.Deliver([each]);

        Assert.Equal([(LookEnd.Known, "example.com")], _told);
        byte[] room = new byte[4096];
        Assert.Equal(hello.Length, _transport.Peek(room));
    }

    [Fact]
    public void LongHello_IsLookedAtWhole()
    {
        Start();

        _transport.Deliver(Hello("long.example", padding: 9000));

        Assert.Equal([(LookEnd.Known, "long.example")], _told);
    }

    [Fact]
    public void OtherBytes_HaveNoName()
    {
        Start();

        _transport.Deliver("SSH-2.0-x\r\n");

        Assert.Equal([(LookEnd.Known, "")], _told);
    }

    [Fact]
    public void HelloThatDoesNotGoOn_IsLate_AndStaysOpen()
    {
        Start(rest: 0);

        _transport.Deliver(Hello("example.com")[..40]);
        _loop.Pass(TimeSpan.FromSeconds(1));

        Assert.Equal([(LookEnd.Late, "")], _told);
        Assert.False(_transport.IsClosed);
    }

    private void Start(int rest = 5) => new HelloLook(
        _transport, new HelloLook.Settings(60 * Second, rest * Second, (_, end, name) => _told.Add((end, name)))).Start();

    private static byte[] Hello(string host, int padding = 0)
    {
        byte[] name = Encoding.ASCII.GetBytes(host);
        byte[] server = [0, 0, .. Length(name.Length + 5), .. Length(name.Length + 3), 0, .. Length(name.Length), .. name];
        byte[] extensions = [0, 21, .. Length(padding), .. new byte[padding], .. server];
        byte[] body = [3, 3, .. new byte[32], 0, 0, 2, 0x13, 1, 1, 0, .. Length(extensions.Length), .. extensions];
        return [22, 3, 1, .. Length(body.Length + 4), 1, 0, .. Length(body.Length), .. body];
    }

    private static byte[] Length(int value) => [(byte)(value >> 8), (byte)value];
}
