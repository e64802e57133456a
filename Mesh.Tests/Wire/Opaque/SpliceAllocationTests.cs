using System.Net;
using Mesh.Tests.Kit;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Loops;
using Mesh.Wire.Opaque;
using Mesh.Wire.Transports;
using Xunit;

namespace Mesh.Tests.Wire.Opaque;

public sealed class SpliceAllocationTests
{
    [Theory]
    [InlineData(100)]
    [InlineData(1_000_000)]
    public void MovingBytes_AllocatesNothing(int burst)
    {
        using ManualLoop loop = new();
        Spring client = new(loop);
        Spring server = new(loop);
        Splice splice = new(client, server, new SpliceSettings());
        Task<SpliceEnd> end = splice.RunAsync();

        long allocated = Allocated.Least(() =>
        {
            for (int i = 0; i < 20; i++)
            {
                client.Give(burst);
                server.Give(burst);
                while (client.MayHaveUnread || server.MayHaveUnread) loop.Settle();
            }
        });

        Assert.Equal(0, allocated);
        Assert.Equal(splice.BytesUp, splice.BytesDown);
        Assert.True(splice.BytesUp >= 20L * burst);
        Assert.False(end.IsCompleted);
    }

    /// <summary>Gives as many bytes as it is told, takes all.</summary>
    private sealed class Spring(EventLoop loop) : Transport(loop)
    {
        private int _left;

        public override bool PeerEnded => false;

        public override IPEndPoint? PeerEndPoint => null;

        public override IPEndPoint? LocalEndPoint => null;

        public override bool MayHaveUnread => _left > 0;

        public void Give(int count)
        {
            _left += count;
            Observer?.OnReadable();
        }

        public override int Receive(Span<byte> buffer)
        {
            if (_left == 0) return WouldBlock;
            int count = Math.Min(_left, buffer.Length);
            _left -= count;
            return count;
        }

        public override bool HasUnread() => _left > 0;

        public override int Send(ReadOnlySpan<byte> bytes, bool more = false) => bytes.Length;

        public override void ShutdownSend()
        {
        }

        public override void Close() => IsClosed = true;

        public override void Abort() => IsClosed = true;
    }
}
