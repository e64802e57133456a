using FsCheck;
using FsCheck.Fluent;
using Mesh.Tests.Wire.Http1;
using Mesh.Tests.Wire.Http2.Heads;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Streams;
using Mesh.Wire.Loops;
using Xunit;

namespace Mesh.Tests.Wire.Http2.Connections;

/// <summary>Our client against our server, over a wire that carries what, when and as much as chance wants.</summary>
public sealed class Http2PropertyTests
{
    private const int Steps = 20_000;

    [Fact]
    public void EveryByteArrives_InOrder_AndTheWindowsComeBack() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), static seed => Holds((ulong)seed))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    [Theory]
    [InlineData(764031381)]
    public void NarrowWire_CarriesAllOfIt(ulong seed) => Assert.True(Holds(seed));

    private static bool Holds(ulong seed)
    {
        using World world = new(seed);
        return world.Run();
    }

    /// <summary>One run: some exchanges, each with a body that is echoed while it still comes; some are given up midway.</summary>
    private sealed class World : IStreamOwner, IDisposable
    {
        private readonly ManualLoop _loop = new();
        private readonly Http2ServerConnection _server;
        private readonly Http2ClientConnection _client;
        private readonly PipeTransport _up;
        private readonly PipeTransport _down;
        private readonly List<string> _faults = [];
        private readonly ulong _seed;
        private SplitMix64 _random;
        private readonly Queue<int> _waiting = new();
        private int _over;

        public World(ulong seed)
        {
            SynchronizationContext.SetSynchronizationContext(null);
            (_seed, _random) = (seed, new SplitMix64(seed));
            _up = new PipeTransport(_loop, 1 + _random.Next(100_000));
            _down = new PipeTransport(_loop, 1 + _random.Next(100_000)) { Other = _up };
            _up.Other = _down;
            _server = new Http2ServerConnection(_down, Draw(), Http1Limits.Default, exchange => _ = ServeAsync(exchange), static _ => { });
            _client = new Http2ClientConnection(_up, Draw(), new ClientConnectionOptions(), this);
            _server.Start();
            _client.Start();
        }

        public bool Run()
        {
            int exchanges = 1 + _random.Next(12);
            for (int i = 0; i < exchanges; i++) _waiting.Enqueue(i);
            for (int step = 0; step < Steps && (_over < exchanges || _up.OnTheWay + _down.OnTheWay > 0); step++)
            {
                if (_waiting.Count > 0 && _random.Next(4) == 0 && _client.TryTake() is { } stream) _ = AskAsync(stream, _waiting.Dequeue());
                PipeTransport moves = _random.Next(2) == 0 ? _up : _down;
                moves.Move(_random.Next(3) == 0 ? 1 + _random.Next(20) : _random.Next(60_000));
                if (_random.Next(2) == 0) _loop.Settle();
            }

            // A wire of a few bytes carries little in as many steps: now it carries all that is left.
            for (int quiet = 0; quiet < 50; quiet = _up.OnTheWay + _down.OnTheWay > 0 ? 0 : quiet + 1)
            {
                _loop.Settle();
                _up.Move(int.MaxValue);
                _down.Move(int.MaxValue);
            }

            Check(_over == exchanges, $"{_over} of {exchanges} are over");
            Check(_server.OpenStreams + _client.OpenStreams == 0, "streams are open");
            Check((_server.Buffered, _client.Buffered) == (0, 0), $"waits for readers: {_server.Buffered}, {_client.Buffered}");
            Check(_loop.Buffers.Held == 0, $"{_loop.Buffers.Held} bytes are counted as held");
            Check(Whole(_client, _server) && Whole(_server, _client), "a window did not come back");
            Check(!_server.IsClosed && !_client.IsClosed && !_server.WasAbused, "the connection is over");
            return _faults.Count == 0 ? true : throw new InvalidOperationException($"seed {_seed}: {string.Join("; ", _faults)}");
        }

        public void Dispose() => _loop.Dispose();

        void IStreamOwner.OnFree(Http2ClientConnection connection)
        {
        }

        void IStreamOwner.OnRoom()
        {
        }

        void IStreamOwner.OnLeaving(Http2ClientConnection connection) => _faults.Add("the client left");

        void IStreamOwner.OnClosed(Http2ClientConnection connection)
        {
        }

        private static bool Whole(Http2Connection sender, Http2Connection receiver) =>
            sender.Windows.Send + receiver.Windows.Owed == Math.Max(65_535, receiver.Options.ConnectionWindowBytes);

        private static byte Nth(int exchange, int at) => (byte)(exchange * 31 + at * 7 + (at >> 8));

        private Http2Options Draw() => new()
        {
            MaxConcurrentStreams = 1 + _random.Next(8),
            StreamWindowBytes = 1000 + _random.Next(200_000),
            ConnectionWindowBytes = 1000 + _random.Next(300_000),
            BufferBudgetBytes = 1 + _random.Next(200_000),
        };

        private async Task AskAsync(Http2ClientStream stream, int exchange)
        {
            int length = _random.Next(3) == 0 ? _random.Next(10) : _random.Next(200_000);
            int givesUpAt = _random.Next(6) == 0 ? _random.Next(200_000) : int.MaxValue;
            stream.WriteRequest(
                HeadKit.ParseRequest($"POST /{exchange} HTTP/1.1\r\nHost: x\r\nContent-Length: {Math.Max(1, length)}\r\n\r\n"),
                Http1Kit.NoEdits,
                default);
            Task<bool> upload = UploadAsync(stream, exchange, Math.Max(1, length));
            int came = 0;
            ResponseArrival arrival = await stream.NextHeadAsync(LoopTimer.Never);
            if (arrival == ResponseArrival.Refused)
            {
                // More than the server had said by then, or than had ended there.
                stream.Abort();
                _waiting.Enqueue(exchange);
                return;
            }

            bool head = arrival == ResponseArrival.Head;
            if (!head) _faults.Add($"{arrival} of {exchange}");
            while (head && came < givesUpAt)
            {
                BodyRead read = await stream.ReadBodyAsync();
                if (read.IsFailure) _faults.Add($"{read.Status} of {exchange} at {came}");
                foreach (byte each in read.Payload)
                {
                    if (each != Nth(exchange, came)) _faults.Add($"wrong byte {came} of {exchange}");
                    came++;
                }

                if (read.IsLast || read.IsFailure) break;
            }

            if (came < givesUpAt && came != Math.Max(1, length)) _faults.Add($"{came} of {length} bytes of {exchange}");
            if (upload.IsCompleted) stream.Release();
            else stream.Abort();
            _over++;
        }

        private async Task<bool> UploadAsync(Http2ClientStream stream, int exchange, int length)
        {
            for (int at = 0; at < length;)
            {
                byte[] piece = new byte[Math.Min(length - at, 1 + _random.Next(40_000))];
                for (int i = 0; i < piece.Length; i++) piece[i] = Nth(exchange, at + i);
                at += piece.Length;
                BodyRead read = new(piece, 0, piece.Length, at == length ? BodyStatus.Last : BodyStatus.Data, false);
                if (!await stream.WriteBodyAsync(read, null)) return false;
            }

            return true;
        }

        private static async Task ServeAsync(IServerExchange exchange)
        {
            while (await exchange.NextRequestAsync() == RequestArrival.Request)
            {
                exchange.WriteHead(HeadKit.ParseResponse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), Http1Kit.NoEdits);
                BodyRead read;
                do read = await exchange.ReadBodyAsync();
                while (!read.IsFailure && await exchange.WriteBodyAsync(read, exchange.Trailers) && !read.IsLast);
            }

            exchange.CloseGracefully();
        }

        private void Check(bool holds, string fault)
        {
            if (!holds) _faults.Add(fault);
        }
    }
}
