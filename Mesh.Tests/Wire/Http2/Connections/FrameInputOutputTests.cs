using Mesh.Tests.Wire.Http1Connections;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Transports;
using Xunit;

namespace Mesh.Tests.Wire.Http2.Connections;

public sealed class FrameInputOutputTests : IOutputOwner, IDisposable
{
    private readonly ManualLoop _loop = new();
    private readonly FakeTransport _transport;
    private readonly FrameInput _input;
    private readonly FrameOutput _output;
    private int _rooms;
    private int _breaks;

    public FrameInputOutputTests()
    {
        _transport = new FakeTransport(_loop);
        _input = new FrameInput(_transport);
        _output = new FrameOutput(_transport, this);
    }

    public void Dispose() => _loop.Dispose();

    void IOutputOwner.OnRoom() => _rooms++;

    void IOutputOwner.OnFlushed()
    {
    }

    void IOutputOwner.OnSendBroken() => _breaks++;

    [Fact]
    public void Input_KeepsWhatItHas_WhateverLengthAFrameHas_AndHowItIsCut()
    {
        byte[] sent = [.. Enumerable.Range(0, 200_000).Select(static i => (byte)(i * 31))];
        int[] frames = [9, 16_393, 5, 60_000, 1, 80_000, 43_592];
        for (int at = 0; at < sent.Length; at += 7001) _transport.Deliver(sent[at..Math.Min(sent.Length, at + 7001)], tell: false);
        List<byte> read = [];

        foreach (int frame in frames)
        {
            while (_input.Count < frame) Assert.True(_input.Fill(frame) > 0);
            read.AddRange(_input.Unread[..frame]);
            _input.Consume(frame);
        }

        Assert.Equal(sent, read);
        Assert.Equal((true, sent.Length), (_input.IsEmpty, _input.BytesReceived));
        Assert.Equal(Transport.WouldBlock, _input.Fill(9));
    }

    [Fact]
    public void Input_BeginsWithWhatAnotherReaderHad()
    {
        _input.Begin([1, 2, 3]);
        _transport.Deliver([4, 5], tell: false);

        _input.Fill(9);

        Assert.Equal([1, 2, 3, 4, 5], _input.Unread.ToArray());
    }

    [Fact]
    public void Output_LeavesOnceATurn()
    {
        _output.Buffer.Append("ab"u8);
        _output.Schedule();
        _output.Buffer.Append("cd"u8);
        _output.Schedule();
        Assert.Equal("", _transport.Sent);

        _loop.Settle();

        Assert.Equal("abcd", _transport.Sent);
    }

    [Fact]
    public void Output_IsFullAboveItsMark_UntilItIsMostlySent()
    {
        _transport.Room = 0;
        _output.Buffer.Append(FrameOutput.HighWater);
        Assert.True(_output.IsFull);
        _output.FlushNow();
        Assert.True(_output.IsBlocked);

        _transport.Room = FrameOutput.HighWater - FrameOutput.LowWater - 1;
        _output.OnWritable();
        Assert.True(_output.IsFull);
        Assert.Equal(0, _rooms);
        _transport.Room = 1;
        _output.OnWritable();

        Assert.False(_output.IsFull);
        Assert.Equal(1, _rooms);
    }

    [Fact]
    public void BlockedOutput_WaitsForTheTransport_NotForTheTurn()
    {
        _transport.Room = 0;
        _output.Buffer.Append("ab"u8);
        _output.FlushNow();
        _transport.Room = -1;

        _output.Schedule();
        _loop.Settle();
        Assert.Equal("", _transport.Sent);
        _output.OnWritable();

        Assert.Equal("ab", _transport.Sent);
    }

    [Fact]
    public void BrokenOutput_IsToldOnce_AndDropsWhatIsQueued()
    {
        _output.Buffer.Append("ab"u8);
        _transport.Reset();

        _output.FlushNow();
        _output.FlushNow();

        Assert.Equal((true, 1, 0), (_output.IsBroken, _breaks, _output.Buffer.Length));
    }
}
