using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using Mesh.Wire;
using Mesh.Wire.Http2.Hpack;
using Xunit;

namespace Mesh.Tests.Wire.Http2.Hpack;

/// <summary>What must hold for any fields and any bytes. A failure names its seed.</summary>
public sealed class HpackPropertyTests
{
    private static readonly string[] Names =
    [
        ":path", ":authority", "cookie", "x-a", "x-b", "x-c", "content-type", "authorization", "accept",
        "a-name-that-is-quite-long-for-a-name", "date",
    ];

    [Fact]
    public void GivesBackAllFields_WhateverTheyAreAndHoweverTheTableChanges()
    {
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            SplitMix64 random = new((ulong)seed);
            HpackEncoder encoder = new();
            HpackDecoder decoder = new();
            for (int block = 0; block < 12; block++)
            {
                for (int changes = random.Next(4) - 1; changes > 0; changes--)
                {
                    int size = random.Next(2) == 0 ? random.Next(300) : random.Next(9000);
                    encoder.SetPeerTableSize((uint)size);
                    decoder.SetTableSize(size);
                }

                TextField[] fields = [.. Enumerable.Range(0, random.Next(10)).Select(_ => Field(ref random))];
                HpackResult result = HpackKit.Decode(decoder, HpackKit.Encode(encoder, fields), out List<TextField> decoded);
                if (result != HpackResult.Complete || HpackKit.Show(fields) != HpackKit.Show(decoded)) return false;
            }

            return true;
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20261121)]
    public void NeverThrows_WhateverIsMutated(ulong seed)
    {
        SplitMix64 random = new(seed);
        Stopwatch time = Stopwatch.StartNew();
        for (int round = 0; round < 3000; round++)
        {
            HpackEncoder encoder = new();
            HpackDecoder decoder = new(random.Next(2) == 0 ? 4096 : random.Next(200));
            for (int block = 0; block < 4; block++)
            {
                TextField[] fields = [.. Enumerable.Range(0, random.Next(8)).Select(_ => Field(ref random))];
                byte[] wire = Mutate(HpackKit.Encode(encoder, fields), ref random);
                CountingSink sink = default;
                HpackResult result = decoder.Decode(wire, ref sink, 2000, 20);
                Assert.True(sink is { Bytes: <= 2000, Fields: <= 20 }, $"{seed} {round} {Convert.ToHexString(wire)}");
                if (result is HpackResult.Invalid or HpackResult.Bomb) break;
            }
        }

        Assert.InRange(time.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void AllocatesNothing_OnceWarm()
    {
        HpackEncoder encoder = new();
        HpackDecoder decoder = new();
        byte[] room = new byte[4096];
        byte[][] changing = [.. Enumerable.Range(0, 64).Select(i => System.Text.Encoding.ASCII.GetBytes($"/pets/{i * 7919}"))];
        CountingSink sink = default;

        void Round(int round)
        {
            int at = encoder.WriteSizeUpdates(room);
            at += encoder.Write(room.AsSpan(at), ":method"u8, "GET"u8);
            at += encoder.Write(room.AsSpan(at), ":authority"u8, changing[round % 64]);
            at += encoder.Write(room.AsSpan(at), ":path"u8, changing[round % 50]);
            at += encoder.Write(room.AsSpan(at), "x-own"u8, changing[round % 7]);
            at += encoder.Write(room.AsSpan(at), "authorization"u8, "Bearer of something"u8);
            if (decoder.Decode(room.AsSpan(0, at), ref sink, 4096, 100) != HpackResult.Complete) throw new InvalidOperationException();
        }

        for (int i = 0; i < 1000; i++) Round(i);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++) Round(i);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 0, 1000);
    }

    private static TextField Field(ref SplitMix64 random)
    {
        int length = random.Next(20) == 0 ? random.Next(3000) : random.Next(12);
        char[] value = new char[length];
        bool common = random.Next(3) > 0;
        for (int i = 0; i < length; i++) value[i] = common ? (char)('a' + random.Next(3)) : (char)random.Next(256);
        string name = random.Next(5) == 0 ? $"x-{random.Next(100)}" : Names[random.Next(Names.Length)];
        return new TextField(name, new string(value), random.Next(20) == 0);
    }

    private static byte[] Mutate(byte[] wire, ref SplitMix64 random)
    {
        List<byte> changed = [.. wire];
        byte[] nasty = [0x00, 0x0F, 0x10, 0x1F, 0x20, 0x3F, 0x40, 0x7F, 0x80, 0xBE, 0xC0, 0xFF];
        for (int edits = random.Next(4); edits > 0 && changed.Count > 1; edits--)
        {
            int at = random.Next(changed.Count);
            switch (random.Next(5))
            {
                case 0: changed[at] = nasty[random.Next(nasty.Length)]; break;
                case 1: changed.Insert(at, nasty[random.Next(nasty.Length)]); break;
                case 2: changed.RemoveAt(at); break;
                case 3: changed[at] ^= (byte)(1 << random.Next(8)); break;
                default: changed.InsertRange(at, changed.GetRange(0, random.Next(at + 1))); break;
            }
        }

        return [.. changed];
    }
}
