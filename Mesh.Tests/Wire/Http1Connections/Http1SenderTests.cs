using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Xunit;

namespace Mesh.Tests.Wire.Http1Connections;

public sealed class Http1SenderTests : IDisposable
{
    private readonly ManualLoop _loop = new();

    [Fact]
    public void AnyPiecesThroughAnyPartialSends_ArriveFramedAndWhole() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            SplitMix64 random = new((ulong)seed);
            FakeTransport transport = new(_loop);
            transport.Takes = length => random.Next(3) == 0 ? 0 : 1 + random.Next(length);
            BodyFraming framing = random.Next(2) == 0 ? BodyFraming.Chunked : BodyFraming.Length;
            Http1Sender sender = new(transport) { Framing = framing };
            StringBuilder wanted = new("head\r\n");
            sender.Output.Append("head\r\n"u8);
            int pieces = 1 + random.Next(4);
            bool all = true;
            for (int i = 1; i <= pieces; i++)
            {
                string payload = new((char)('a' + i), random.Next(random.Next(2) == 0 ? 30 : 30_000));
                if (payload.Length > 0) wanted.Append(Framed(framing, payload));
                all &= Written(sender, Piece(payload, last: i == pieces));
            }

            if (framing == BodyFraming.Chunked) wanted.Append("0\r\n\r\n");
            return all && transport.Sent == wanted.ToString() && sender.BytesSent == wanted.Length && !sender.HasPending;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void LargeLastPiece_IsFollowedByItsTrailers()
    {
        FakeTransport transport = new(_loop) { Room = 100 };
        Http1Sender sender = new(transport) { Framing = BodyFraming.Chunked };
        ChunkedDecoder decoder = new(Http1Limits.Default);
        decoder.Decode("0\r\nX-Sum: 1\r\n\r\n"u8.ToArray(), out _, out _);

        ValueTask<bool> written = sender.WriteAsync(Piece(new string('x', 20_000), last: true), decoder.Trailers);
        Assert.False(written.IsCompleted);
        while (sender.IsWaiting)
        {
            transport.Room = 7000;
            sender.OnWritable();
        }

        Assert.True(written.Now());
        Assert.Equal(Framed(BodyFraming.Chunked, new string('x', 20_000)) + "0\r\nX-Sum: 1\r\n\r\n", transport.Sent);
    }

    [Fact]
    public void Break_EndsTheWaitAndDropsWhatIsQueued()
    {
        FakeTransport transport = new(_loop) { Room = 0 };
        Http1Sender sender = new(transport) { Framing = BodyFraming.Length };
        ValueTask<bool> written = sender.WriteAsync(Piece(new string('x', 20_000), last: true), null);

        sender.Break();
        transport.Room = -1;
        sender.OnWritable();

        Assert.False(written.Now());
        Assert.False(sender.HasPending);
        Assert.Equal("", transport.Sent);
        Assert.False(sender.FlushAsync().Now());
    }

    [Fact]
    public void PayloadOfAnAnswerToHead_IsDropped()
    {
        FakeTransport transport = new(_loop);
        Http1Sender sender = new(transport) { Framing = BodyFraming.None };

        Assert.True(sender.WriteAsync(Piece(new string('x', 20_000), last: true), null).Now());

        Assert.Equal("", transport.Sent);
    }

    public void Dispose() => _loop.Dispose();

    private static string Framed(BodyFraming framing, string payload) =>
        framing == BodyFraming.Chunked ? payload.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n" + payload + "\r\n" : payload;

    private static bool Written(Http1Sender sender, BodyRead piece)
    {
        ValueTask<bool> written = sender.WriteAsync(piece, null);
        while (sender.IsWaiting) sender.OnWritable();
        return written.Now();
    }

    private static BodyRead Piece(string payload, bool last)
    {
        byte[] buffer = new byte[BodyRead.RoomBefore + payload.Length + BodyRead.RoomAfter];
        Encoding.Latin1.GetBytes(payload, buffer.AsSpan(BodyRead.RoomBefore));
        return new BodyRead(buffer, BodyRead.RoomBefore, payload.Length, last ? BodyStatus.Last : BodyStatus.Data, true);
    }
}
