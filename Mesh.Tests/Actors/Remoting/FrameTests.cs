using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Actors.Remoting;
using Mesh.Actors.Remoting.Frames;
using Mesh.Wire.Buffers;
using Xunit;

namespace Mesh.Tests.Actors.Remoting;

public sealed class FrameTests
{
    private static readonly Lane[] s_data = [Lane.System, Lane.User, Lane.Bulk];

    /// <summary>Messages of up to 200 KB on the data lanes, and sizes into which their bytes are cut.</summary>
    private static readonly Gen<((int Lane, int Size)[] Messages, int[] Cuts)> Streams =
        Gen.Choose(0, 2).SelectMany(lane => Gen.OneOf(Gen.Choose(0, 100), Gen.Choose(0, 200_000)).Select(size => (lane, size))).ArrayOf()
            .SelectMany(messages => Gen.OneOf(Gen.Choose(1, 3), Gen.Choose(1, 90_000)).NonEmptyListOf().Select(cuts => (messages, cuts.ToArray())));

    [Fact]
    public void WhatIsWritten_IsRead_HoweverItIsCut() => Prop.ForAll(Streams.ToArbitrary(), stream =>
    {
        LaneQueue[] queues = [.. s_data.Select(lane => new LaneQueue(lane, 1000, long.MaxValue))];
        List<byte[]>[] sent = [[], [], []];
        foreach ((int lane, int size) in stream.Messages)
        {
            BytesValue message = Body(size, sent[lane].Count);
            sent[lane].Add(message.ToByteArray());
            queues[lane].TryAdd(10, message, message.CalculateSize(), TimeSpan.Zero);
        }

        List<byte[]>[] read = [[], [], []];
        FrameReader reader = new();
        reader.Trust(s_data);
        ReadOnlySpan<byte> bytes = WriteAll(queues);
        for (int i = 0; bytes.Length > 0; i++)
        {
            ReadOnlySpan<byte> piece = bytes[..Math.Min(bytes.Length, stream.Cuts[i % stream.Cuts.Length])];
            bytes = bytes[piece.Length..];
            while (reader.TryRead(ref piece, out InboundMessage message) == FrameStatus.Message)
                read[(int)message.Lane - 1].Add(message.Body.ToArray());
        }

        return reader.Fault is null && Enumerable.Range(0, 3).All(lane => sent[lane].Count == read[lane].Count
            && sent[lane].Zip(read[lane]).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Garbage_NeverThrows() => Prop.ForAll(ArbMap.Default.GeneratorFor<byte>().ArrayOf().ToArbitrary(), garbage =>
    {
        FrameReader reader = new();
        ReadOnlySpan<byte> bytes = garbage;
        while (reader.TryRead(ref bytes, out _) == FrameStatus.Message)
        {
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void AClaimedLength_IsRefusedBeforeAByteOfTheBody()
    {
        Assert.Contains("may have 4096", Fault(trusted: false, new FrameHeader(4097, Lane.Control, false, 1, 0)), StringComparison.Ordinal);
        Assert.Contains("may have 65536", Fault(trusted: true, new FrameHeader(65_537, Lane.Bulk, false, 1, 0)), StringComparison.Ordinal);
        Assert.Contains("may have 65536", Fault(trusted: true, new FrameHeader(uint.MaxValue, Lane.User, false, 1, 0)), StringComparison.Ordinal);
        Assert.Contains("lane", Fault(trusted: false, new FrameHeader(1, Lane.User, false, 1, 0)), StringComparison.Ordinal);
        Assert.Contains("lane", Fault(trusted: true, new FrameHeader(1, Lane.Control, false, 1, 0)), StringComparison.Ordinal);
        Assert.Contains("order", Fault(trusted: true, new FrameHeader(1, Lane.User, false, 1, 1)), StringComparison.Ordinal);
        Assert.Contains("goes on", Fault(trusted: true, new FrameHeader(0, Lane.User, true, 1, 0)), StringComparison.Ordinal);
        FrameHeader crumb = new(FrameLimits.MinSliceBytes - 1, Lane.Bulk, true, 1, 0);
        Assert.Contains("goes on", Fault(trusted: true, crumb), StringComparison.Ordinal);
    }

    [Fact]
    public void Slices_MayNotAddUpToMoreThanTheLaneCarries()
    {
        FrameReader reader = new();
        reader.Trust(s_data);
        byte[] frame = new byte[FrameHeader.Bytes + FrameLimits.MaxSliceBytes];
        int taken = 0;
        for (uint i = 0; reader.Fault is null; i++)
        {
            new FrameHeader(FrameLimits.MaxSliceBytes, Lane.System, true, 9, i).Write(frame);
            ReadOnlySpan<byte> bytes = frame;
            reader.TryRead(ref bytes, out _);
            if (reader.Fault is null) taken += FrameLimits.MaxSliceBytes;
        }

        Assert.Equal(FrameLimits.MaxSystemBytes, taken);
    }

    [Fact]
    public void AnotherVersion_OrUnknownFlags_AreMalformed()
    {
        byte[] head = new byte[FrameHeader.Bytes];
        new FrameHeader(0, Lane.Control, false, 1, 0).Write(head);

        Assert.True(FrameHeader.TryRead(head, out _));
        head[4] = 2;
        Assert.False(FrameHeader.TryRead(head, out _));
        head[4] = 1;
        head[5] = 0x10;
        Assert.False(FrameHeader.TryRead(head, out _));
    }

    [Fact]
    public void NoLaneStarves_AndSystemGoesFirst()
    {
        LanePicker picker = new();
        Dictionary<Lane, int> picked = new() { [Lane.System] = 0, [Lane.User] = 0, [Lane.Bulk] = 0 };

        Assert.Equal(Lane.System, picker.Next(true, true, true));
        for (int i = 0; i < LanePicker.Round * 10; i++) picked[picker.Next(true, true, true)!.Value]++;

        Assert.Equal(20, picked[Lane.Bulk]);
        Assert.Equal(60, picked[Lane.User]);
        Assert.Equal(Lane.Bulk, new LanePicker().Next(false, false, true));
        Assert.Null(new LanePicker().Next(false, false, false));
    }

    [Fact]
    public void ABrokenMessage_IsSentAnewFromItsStart()
    {
        LaneQueue queue = new(Lane.Bulk, 10, 1_000_000);
        BytesValue message = Body(150_000, 1);
        queue.TryAdd(10, message, message.CalculateSize(), TimeSpan.Zero);
        queue.WriteNext(new FrameWriter(), new OutputBuffer());

        queue.Restart();

        FrameReader reader = new();
        reader.Trust(s_data);
        ReadOnlySpan<byte> bytes = WriteAll([queue]);
        Assert.Equal(FrameStatus.Message, reader.TryRead(ref bytes, out InboundMessage read));
        Assert.Equal(message, BytesValue.Parser.ParseFrom(read.Body));
        Assert.Equal(0, queue.Bytes);
    }

    private static BytesValue Body(int size, int seed)
    {
        byte[] bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return new BytesValue { Value = ByteString.CopyFrom(bytes) };
    }

    private static byte[] WriteAll(LaneQueue[] queues)
    {
        OutputBuffer output = new();
        FrameWriter writer = new();
        LanePicker picker = new();
        bool Has(Lane lane) => queues.Any(queue => queue.Lane == lane && !queue.IsEmpty);
        while (picker.Next(Has(Lane.System), Has(Lane.User), Has(Lane.Bulk)) is { } lane)
            queues.Single(queue => queue.Lane == lane).WriteNext(writer, output);
        return output.Pending.ToArray();
    }

    private static string Fault(bool trusted, FrameHeader header)
    {
        FrameReader reader = new();
        if (trusted) reader.Trust(s_data);
        byte[] head = new byte[FrameHeader.Bytes];
        header.Write(head);
        ReadOnlySpan<byte> bytes = head;
        Assert.Equal(FrameStatus.Malformed, reader.TryRead(ref bytes, out _));
        return reader.Fault!;
    }
}
