using System.Net.Sockets;
using System.Security.Cryptography;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Loops;
using Mesh.Wire.Opaque;
using Xunit;

namespace Mesh.Tests.Wire.Opaque;

/// <summary>Much at once, over real sockets of both kinds.</summary>
public sealed class SpliceBulkTests
{
    private const int Length = 24 * 1024 * 1024;

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task BigCopiesBothWaysAtOnce_ArriveWholeAndUnchanged(TransportKind kind)
    {
        await using SpliceRig rig = await SpliceRig.OpenAsync(kind);

        Task<string> atServer = HashToEndAsync(rig.Server);
        Task<string> atClient = HashToEndAsync(rig.Client);
        Task<string> fromClient = SendAndEndAsync(rig.Client, seed: 1);
        Task<string> fromServer = SendAndEndAsync(rig.Server, seed: 2);

        Assert.Equal(await fromClient, await atServer);
        Assert.Equal(await fromServer, await atClient);
        Assert.Equal(SpliceEnd.Ended, await rig.EndAsync());
        Assert.Equal((Length, Length), (rig.Splice.BytesUp, rig.Splice.BytesDown));
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task ReaderThatStops_HoldsTheWriterBack_AndGetsAllLater(TransportKind kind)
    {
        await using SpliceRig rig = await SpliceRig.OpenAsync(kind, receiveBytes: 16 * 1024);
        Task<string> sent = SendAndEndAsync(rig.Client, seed: 3);
        await rig.UntilAsync(() => rig.Splice.BuffersHeld == 1);

        // The other way is not held up by it.
        rig.Server.Send("and you"u8);
        await SpliceRig.ReadsAsync(rig.Client, "and you");
        Assert.False(sent.IsCompleted);
        string got = await HashToEndAsync(rig.Server);

        Assert.Equal(await sent, got);
        await rig.UntilAsync(() => rig.Splice.BuffersHeld == 0);
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task SmallTalk_IsServedBesideABigCopy(TransportKind kind)
    {
        await using LoopRunner runner = new(kind);
        SpliceRig big = await SpliceRig.OpenAsync(kind, shared: runner);
        SpliceRig small = await SpliceRig.OpenAsync(kind, shared: runner);
        using CancellationTokenSource enough = new();
        Task writes = Task.Run(() => SendUntil(big.Client, enough.Token));
        Task<string> reads = HashToEndAsync(big.Server);
        await big.UntilAsync(() => big.Splice.BytesUp > 1024 * 1024);

        long before = big.Splice.BytesUp;
        for (int i = 0; i < 50; i++)
        {
            small.Client.Send("ping"u8);
            await SpliceRig.ReadsAsync(small.Server, "ping");
        }

        await big.UntilAsync(() => big.Splice.BytesUp > before);
        await enough.CancelAsync();
        await writes;
        await reads;
        await big.CloseAsync();
        await small.CloseAsync();
    }

    private static void SendUntil(Socket socket, CancellationToken enough)
    {
        byte[] piece = new byte[256 * 1024];
        while (!enough.IsCancellationRequested) socket.Send(piece);
        socket.Shutdown(SocketShutdown.Send);
    }

    private static Task<string> SendAndEndAsync(Socket socket, int seed) => Task.Run(() =>
    {
        Random random = new(seed);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] piece = new byte[150_000];
        for (int left = Length; left > 0;)
        {
            int count = Math.Min(left, random.Next(1, piece.Length));
            random.NextBytes(piece.AsSpan(0, count));
            hash.AppendData(piece, 0, count);
            for (int sent = 0; sent < count;) sent += socket.Send(piece, sent, count - sent, SocketFlags.None);
            left -= count;
        }

        socket.Shutdown(SocketShutdown.Send);
        return Convert.ToHexString(hash.GetHashAndReset());
    }).WaitAsync(LoopRunner.Patience);

    private static Task<string> HashToEndAsync(Socket socket) => Task.Run(() =>
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] room = new byte[100_000];
        for (int count; (count = socket.Receive(room)) > 0;) hash.AppendData(room, 0, count);
        return Convert.ToHexString(hash.GetHashAndReset());
    }).WaitAsync(LoopRunner.Patience);
}
