using System.Globalization;
using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Mesh.Tests.Kit;
using Mesh.Tests.Wire.Http1;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;
using Xunit;

namespace Mesh.Tests.Wire.Http1Connections;

/// <summary>What holds of every body, however it is framed, split, limited, and however many attempts read how much of it.</summary>
public sealed class KeptBodyPropertyTests : IDisposable
{
    private const string Next = "GET /next HTTP/1.1\r\nHost: x\r\n\r\n";
    private const int Attempts = 4;
    private readonly ManualLoop _loop = new();

    [Fact]
    public void EveryAttempt_ReadsTheBodyFromItsStart_AsLongAsTheLimitHolds() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed => Replays(new SplitMix64((ulong)seed))).QuickCheckThrowOnFailure();

    [Fact]
    public void AllocatesNothing_OnceWarm()
    {
        byte[] request = Http1Kit.Bytes("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        byte[] rest = Http1Kit.Bytes($"1770\r\n{new string('r', 6000)}\r\n0\r\n\r\n");
        RepeatingTransport transport = new(_loop, request, rest);
        Http1ServerConnection connection = new(transport, new ServerConnectionOptions());
        int read = 0;

        void Serve()
        {
            for (int i = 0; i < 100; i++)
            {
                connection.NextRequestAsync().Now();
                connection.KeepBody(64 * 1024);
                read = 0;
                for (int attempt = 0; attempt < 3; attempt++)
                {
                    BodyRead piece;
                    do
                    {
                        piece = connection.ReadBodyAsync().Now();
                        read += piece.Count;
                    }
                    while (!piece.IsLast);
                    connection.TryRewindBody();
                }

                connection.WriteLocal(200, "OK"u8, default, default, false);
                connection.FlushAsync().Now();
            }
        }

        Serve();
        long allocated = Allocated.Least(Serve);

        Assert.Equal(3 * 6005, read);
        Assert.Equal(0, allocated);
    }

    public void Dispose() => _loop.Dispose();

    private bool Replays(SplitMix64 random)
    {
        (string wire, string body) = Compose(ref random);
        int limit = random.Next(3) == 0 ? body.Length : random.Next(random.Next(2) == 0 ? 100 : 200_000);
        FakeTransport transport = new(_loop);
        Queue<string> pieces = new(Split(wire + Next, ref random));
        Http1ServerConnection connection = new(transport, new ServerConnectionOptions());
        ValueTask<RequestArrival> arrival = connection.NextRequestAsync();
        while (!arrival.IsCompleted) transport.Deliver(pieces.Dequeue());
        Assert.Equal(RequestArrival.Request, arrival.Now());
        connection.KeepBody(limit);

        int farthest = 0;
        bool cameWhole = false;
        for (int attempt = 1; ; attempt++)
        {
            int most = attempt == Attempts ? int.MaxValue : random.Next(8);
            StringBuilder got = new();
            BodyStatus end = BodyStatus.Data;
            for (int reads = 0; reads < most && end == BodyStatus.Data; reads++)
            {
                ValueTask<BodyRead> next = connection.ReadBodyAsync();
                while (!next.IsCompleted && (attempt == Attempts || random.Next(4) > 0)) transport.Deliver(pieces.Dequeue());
                if (!next.IsCompleted) connection.CancelBodyRead();
                BodyRead read = next.Now();
                end = read.Status;
                got.Append(Http1Kit.Text(read.Payload));
                cameWhole |= farthest == 0 && read is { IsLast: true, HasRoom: false };
            }

            bool isPrefix = body.StartsWith(got.ToString(), StringComparison.Ordinal);
            bool isWhole = got.Length == body.Length;
            if (!isPrefix || end > BodyStatus.Last && end != BodyStatus.Cancelled || (end == BodyStatus.Last && !isWhole)) return false;
            farthest = Math.Max(farthest, got.Length);
            if (attempt == Attempts) return end == BodyStatus.Last && ServesNext(connection, transport, pieces);
            bool mayRewind = farthest == 0 || cameWhole || farthest <= limit;
            bool known = !wire.Contains("chunked", StringComparison.Ordinal) && body.Length > limit;
            if (known && !cameWhole) mayRewind = farthest == 0;
            if (connection.CanRewindBody != mayRewind || connection.TryRewindBody() != mayRewind) return false;
            if (!mayRewind) return true;
        }
    }

    private static bool ServesNext(Http1ServerConnection connection, FakeTransport transport, Queue<string> pieces)
    {
        connection.WriteLocal(200, "OK"u8, default, default, false);
        ValueTask<RequestArrival> arrival = connection.NextRequestAsync();
        while (!arrival.IsCompleted && pieces.TryDequeue(out string? piece)) transport.Deliver(piece);
        return arrival.Now() == RequestArrival.Request && Http1Kit.Text(connection.Request.Target) == "/next";
    }

    private static (string Wire, string Body) Compose(ref SplitMix64 random)
    {
        StringBuilder body = new();
        StringBuilder wire = new("POST / HTTP/1.1\r\nHost: x\r\n");
        if (random.Next(2) == 0)
        {
            AppendText(body, random.Next(random.Next(2) == 0 ? 40 : 150_000), ref random);
            wire.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n").Append(body);
            return (wire.ToString(), body.ToString());
        }

        wire.Append("Transfer-Encoding: chunked\r\n\r\n");
        for (int i = random.Next(6); i > 0; i--)
        {
            int from = body.Length;
            AppendText(body, 1 + random.Next(random.Next(2) == 0 ? 40 : 70_000), ref random);
            wire.Append(CultureInfo.InvariantCulture, $"{body.Length - from:x}\r\n").Append(body, from, body.Length - from).Append("\r\n");
        }

        wire.Append(random.Next(2) == 0 ? "0\r\n\r\n" : "0\r\nX-Sum: 42\r\n\r\n");
        return (wire.ToString(), body.ToString());
    }

    /// <summary>No two places of it look alike, so that a piece out of its place is seen.</summary>
    private static void AppendText(StringBuilder body, int count, ref SplitMix64 random)
    {
        int end = body.Length + count;
        while (body.Length < end) body.Append(random.Next(int.MaxValue).ToString("x", CultureInfo.InvariantCulture));
        body.Length = end;
    }

    private static List<string> Split(string wire, ref SplitMix64 random)
    {
        List<string> pieces = [];
        for (int at = 0, count; at < wire.Length; at += count)
        {
            count = Math.Min(wire.Length - at, 1 + random.Next(random.Next(2) == 0 ? 60 : 50_000));
            pieces.Add(wire.Substring(at, count));
        }

        return pieces;
    }

    /// <summary>Gives the same pieces again and again, and takes everything.</summary>
    private sealed class RepeatingTransport(EventLoop loop, params byte[][] pieces) : Transport(loop)
    {
        private int _next;
        private int _at;

        public override bool PeerEnded => false;

        public override IPEndPoint? PeerEndPoint => null;

        public override IPEndPoint? LocalEndPoint => null;

        public override bool MayHaveUnread => true;

        public override int Receive(Span<byte> buffer)
        {
            byte[] piece = pieces[_next];
            int count = Math.Min(buffer.Length, piece.Length - _at);
            piece.AsSpan(_at, count).CopyTo(buffer);
            _at += count;
            if (_at == piece.Length) (_next, _at) = ((_next + 1) % pieces.Length, 0);
            return count;
        }

        public override bool HasUnread() => true;

        public override int Send(ReadOnlySpan<byte> bytes, bool more = false) => bytes.Length;

        public override void ShutdownSend()
        {
        }

        public override void Close() => IsClosed = true;

        public override void Abort() => Close();
    }
}
