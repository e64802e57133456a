using System.Text.Json;
using Mesh.Tests.Kit;
using Mesh.Wire;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Xunit;

namespace Mesh.Tests.Wire.Http2.Frames;

public sealed class FrameTests
{
    private const int MaxFrameSize = FrameRules.DefaultMaxFrameSize;

    [ConformanceFact]
    public void Judges_AsTheCorpusSays()
    {
        List<string> faults = [];

        foreach (string file in Directory.EnumerateFiles(ConformanceFolder.At("h2frames"), "*.json", SearchOption.AllDirectories).Order())
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
            JsonElement error = document.RootElement.GetProperty("error");
            uint[] allowed = error.ValueKind == JsonValueKind.Array ? [.. error.EnumerateArray().Select(code => code.GetUInt32())] : [];
            byte[] wire = Convert.FromHexString(document.RootElement.GetProperty("wire").GetString()!);
            FrameHeader header = FrameHeader.Parse(wire);
            FrameVerdict verdict = Judge(wire);

            // A push is well formed in the corpus; to us none may come.
            bool good = header.Type == FrameType.PushPromise
                ? verdict == FrameVerdict.EndConnection(Http2Error.ProtocolError)
                : allowed.Length == 0 ? verdict.IsGood : !verdict.IsGood && allowed.Contains((uint)verdict.Error);
            if (!good) faults.Add($"{file}: {verdict}");
            if (verdict.IsGood) faults.AddRange(Differences(document.RootElement.GetProperty("frame"), header).Select(name => $"{file}: {name}"));
        }

        Assert.Empty(faults);
    }

    [Theory]
    [InlineData("000000 00 08 00000001", "Connection FrameSizeError")] // padded, without a length of padding
    [InlineData("000002 00 08 00000001 02 00", "Connection ProtocolError")]
    [InlineData("000002 00 08 00000001 01 00", "None NoError")]
    [InlineData("000004 01 20 00000001 00000000", "Connection FrameSizeError")] // a priority cut off
    [InlineData("000005 01 24 00000003 00000003 10", "None NoError")] // depends on itself
    [InlineData("000000 09 04 00000000", "Connection ProtocolError")]
    [InlineData("000004 08 00 00000001 80000000", "Stream ProtocolError")]
    [InlineData("000004 08 00 00000000 00000000", "Connection ProtocolError")]
    [InlineData("000004 02 00 00000001 00000000", "Stream FrameSizeError")]
    [InlineData("004001 0a 00 00000001", "Connection FrameSizeError")] // too long, though unknown
    [InlineData("000001 0a ff 00000000 00", "None NoError")]
    [InlineData("000006 04 00 00000000 0002 00000002", "Connection ProtocolError")]
    [InlineData("000006 04 00 00000000 0002 00000001", "Connection ProtocolError")] // a server that would push
    [InlineData("000006 04 00 00000000 0004 80000000", "Connection FlowControlError")]
    [InlineData("000006 04 00 00000000 0004 7fffffff", "None NoError")]
    [InlineData("000006 04 00 00000000 0005 00003fff", "Connection ProtocolError")]
    [InlineData("000006 04 00 00000000 0005 01000000", "Connection ProtocolError")]
    [InlineData("000006 04 00 00000000 0005 00ffffff", "None NoError")]
    [InlineData("00000c 04 00 00000000 0008 00000001 0008 00000000", "Connection ProtocolError")] // offered and taken back
    [InlineData("000006 04 00 00000000 00ff 12345678", "None NoError")]
    public void Judges(string hex, string verdict)
    {
        FrameVerdict judged = Judge(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));

        Assert.Equal(verdict, $"{judged.Scope} {judged.Error}");
    }

    [Fact]
    public void LetsAClientAllowPush()
    {
        FrameVerdict verdict = new PeerSettings().Apply([0, 2, 0, 0, 0, 1], fromServer: false, new HpackEncoder());

        Assert.True(verdict.IsGood);
    }

    [Fact]
    public void TakesSettings_TheLastOfEachCounts()
    {
        PeerSettings settings = new();
        HpackEncoder encoder = new();
        byte[] frame = new byte[FrameWriter.SettingsBytes(7)];
        FrameWriter.Settings(
            frame,
            [
                new(SettingId.HeaderTableSize, 0), new(SettingId.HeaderTableSize, 8192), new(SettingId.MaxConcurrentStreams, 7),
                new(SettingId.InitialWindowSize, 1), new(SettingId.InitialWindowSize, 2), new(SettingId.MaxFrameSize, 20_000),
                new(SettingId.MaxHeaderListSize, 9),
            ]);

        FrameVerdict verdict = settings.Apply(frame.AsSpan(FrameHeader.Bytes), fromServer: true, encoder);
        byte[] block = new byte[HpackEncoder.SizeUpdatesBytes];
        int updates = encoder.WriteSizeUpdates(block);

        Assert.True(verdict.IsGood);
        Assert.Equal((7u, 2, 20_000, 9u), (settings.MaxConcurrentStreams, settings.InitialWindow, settings.MaxFrameSize, settings.MaxHeaderListSize));
        Assert.Equal("203FE11F", Convert.ToHexString(block.AsSpan(0, updates)));
    }

    [Fact]
    public void WritesWhatItReads()
    {
        byte[] room = new byte[64];

        Assert.Equal("000000040100000000", Hex(room, FrameWriter.SettingsAck(room)));
        Assert.Equal("000006040000000000000400010000", Hex(room, FrameWriter.Settings(room, [new(SettingId.InitialWindowSize, 65536)])));
        Assert.Equal("0000080601000000003132333435363738", Hex(room, FrameWriter.Ping(room, "12345678"u8, ack: true)));
        Assert.Equal("00000403000000000500000008", Hex(room, FrameWriter.RstStream(room, 5, Http2Error.Cancel)));
        Assert.Equal("0000040800000000007FFFFFFF", Hex(room, FrameWriter.WindowUpdate(room, 0, int.MaxValue)));
        Assert.Equal("00000A0700000000007FFFFFFF0000000B6869", Hex(room, FrameWriter.GoAway(room, int.MaxValue, Http2Error.EnhanceYourCalm, "hi"u8)));
        Assert.Equal("FFFFFF00097FFFFFFF", Hex(room, new FrameHeader(0xFFFFFF, FrameType.Data, 9, int.MaxValue).Write(room)));

        static string Hex(byte[] room, int count) => Convert.ToHexString(room.AsSpan(0, count));
    }

    [Fact]
    public void NeverThrows_WhateverTheBytesAre()
    {
        SplitMix64 random = new(7);
        for (int round = 0; round < 50_000; round++)
        {
            byte[] wire = new byte[FrameHeader.Bytes + random.Next(40)];
            for (int i = 0; i < wire.Length; i++) wire[i] = random.Next(2) == 0 ? (byte)0 : (byte)random.Next(random.Next(2) == 0 ? 12 : 256);
            wire[0] = wire[1] = 0;
            wire[2] = (byte)(wire.Length - FrameHeader.Bytes);

            FrameVerdict verdict = Judge(wire);

            Assert.True(verdict.IsGood == (verdict.Error == Http2Error.NoError), Convert.ToHexString(wire));
        }
    }

    /// <summary>All that can be said of one frame by itself; settings come from a server.</summary>
    private static FrameVerdict Judge(byte[] wire)
    {
        FrameHeader header = FrameHeader.Parse(wire);
        FrameVerdict verdict = FrameRules.Judge(header, MaxFrameSize);
        if (!verdict.IsGood) return verdict;
        ReadOnlySpan<byte> payload = wire.AsSpan(FrameHeader.Bytes, header.Length);
        byte first = payload.IsEmpty ? (byte)0 : payload[0];
        return header.Type switch
        {
            FrameType.Data or FrameType.Headers => FramePayload.FindContent(header, first, out _, out _),
            FrameType.Settings => new PeerSettings().Apply(payload, fromServer: true, new HpackEncoder()),
            FrameType.WindowUpdate => FramePayload.ReadWindowUpdate(header, payload, out _),
            _ => FrameVerdict.Good,
        };
    }

    private static IEnumerable<string> Differences(JsonElement frame, FrameHeader header)
    {
        if (frame.GetProperty("length").GetInt32() != header.Length) yield return "length";
        if (frame.GetProperty("type").GetInt32() != (int)header.Type) yield return "type";
        if (frame.GetProperty("flags").GetInt32() != header.Flags) yield return "flags";
        if (frame.GetProperty("stream_identifier").GetInt32() != header.StreamId) yield return "stream";
    }
}
