using Mesh.Tests.Wire.Http1;
using Mesh.Tests.Wire.Http1Connections;
using Mesh.Wire.Buffers;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http2.Streams;
using Xunit;

namespace Mesh.Tests.Wire.Http2.Streams;

public sealed class StreamBodyTests : IBodyOwner
{
    private readonly StreamBody _body;
    private int _consumed;

    public StreamBodyTests() => _body = new StreamBody(this, new BufferShare());

    void IBodyOwner.OnConsumed(int bytes) => _consumed += bytes;

    [Fact]
    public void PayloadForAWaitingReader_IsGivenWhereItLies()
    {
        _body.Begin(false, -1);
        Task<BodyRead> read = _body.ReadAsync().AsTask();
        byte[] frame = Http1Kit.Bytes("..abc..");

        _body.Add(frame, 2, 3, ends: false);
        BodyRead got = read.Now();

        Assert.Same(frame, got.Buffer);
        Assert.False(got.HasRoom);
        Assert.Equal((0, 0), (_body.Buffered, _consumed));
        _body.TryRead(out _);
        Assert.Equal(3, _consumed);
    }

    [Fact]
    public void PayloadBeforeItsReader_IsKeptInOnePiece_WithRoom()
    {
        _body.Begin(false, -1);

        Add("ab");
        Add("cd", ends: true);

        Assert.Equal(4, _body.Buffered);
        BodyRead read = Read();
        Assert.Equal(("abcd", true, true), (Http1Kit.Text(read.Payload), read.IsLast, read.HasRoom));
        Assert.True(Read().IsLast);
        _body.Release();
        Assert.Equal(4, _consumed);
    }

    [Fact]
    public void EmptyFrame_WakesNobody()
    {
        _body.Begin(false, -1);
        Task<BodyRead> read = _body.ReadAsync().AsTask();

        Add("");

        Assert.False(read.IsCompleted);
        Add("", ends: true);
        Assert.True(read.Now().IsLast);
    }

    [Theory]
    [InlineData(3, "abcd", false)]
    [InlineData(3, "ab", true)]
    [InlineData(0, "a", false)]
    public void PromiseThatIsNotKept_IsNoticed_AndNothingIsTaken(int length, string payload, bool ends)
    {
        _body.Begin(false, length);

        Assert.False(_body.Add(Http1Kit.Bytes(payload), 0, payload.Length, ends));

        Assert.Equal(0, _body.Buffered);
    }

    [Fact]
    public void WholeBodyInOnePiece_IsReadAgain_WithoutBeingKept()
    {
        _body.Begin(false, -1);
        Add("once", ends: true);
        Assert.Equal("once", Http1Kit.Text(Read().Payload));

        Assert.True(_body.TryRewind());

        Assert.Equal("once", Http1Kit.Text(Read().Payload));
        Assert.True(Read().IsLast);
    }

    [Fact]
    public void KeptBody_IsReadAgain_AndGoesOnWithWhatComes()
    {
        _body.Begin(false, -1);
        _body.Keep(100);
        Add("ab");
        Assert.Equal("ab", Http1Kit.Text(Read().Payload));
        Assert.False(_body.TryRead(out _));

        Assert.True(_body.TryRewind());
        Add("cd", ends: true);

        Assert.Equal("ab", Http1Kit.Text(Read().Payload));
        BodyRead rest = Read();
        Assert.Equal(("cd", true), (Http1Kit.Text(rest.Payload), rest.IsLast));
    }

    [Fact]
    public void BodyThatOutgrowsItsLimit_CannotBeReadAgain()
    {
        _body.Begin(false, -1);
        _body.Keep(3);
        Add("ab");
        Read();
        Add("cd");
        Read();

        Assert.False(_body.CanRewind);
    }

    [Fact]
    public void UnreadBody_IsGivenBackWhenItsExchangeIsOver()
    {
        _body.Begin(false, -1);
        for (int i = 0; i < 20; i++) Add(new string('x', 7000));
        Read();

        _body.Release();
        Add("late");

        Assert.Equal(20 * 7000 + 4, _consumed);
        Assert.Equal(0, _body.Buffered);
    }

    [Fact]
    public void FailedBody_TellsItsReader_AndWhatStillComesCountsAsTaken()
    {
        _body.Begin(false, -1);
        Task<BodyRead> read = _body.ReadAsync().AsTask();

        _body.Fail(BodyStatus.Broken);
        Add("late");

        Assert.Equal(BodyStatus.Broken, read.Now().Status);
        Assert.Equal(BodyStatus.Broken, Read().Status);
        Assert.Equal(4, _consumed);
    }

    private void Add(string payload, bool ends = false) => Assert.True(_body.Add(Http1Kit.Bytes(payload), 0, payload.Length, ends));

    private BodyRead Read()
    {
        Assert.True(_body.TryRead(out BodyRead read));
        return read;
    }
}
