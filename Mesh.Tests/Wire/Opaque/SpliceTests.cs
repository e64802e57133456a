using System.Net.Sockets;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Loops;
using Mesh.Wire.Opaque;
using Xunit;

namespace Mesh.Tests.Wire.Opaque;

/// <summary>What the ends of a splice see of each other, over real sockets of both kinds.</summary>
public sealed class SpliceTests
{
    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task BytesGoBothWays_AndAreCounted(TransportKind kind)
    {
        await using SpliceRig rig = await SpliceRig.OpenAsync(kind);

        rig.Client.Send("question"u8);
        await SpliceRig.ReadsAsync(rig.Server, "question");
        rig.Server.Send("answer"u8);
        await SpliceRig.ReadsAsync(rig.Client, "answer");

        Assert.Equal((8, 6), await rig.BytesAsync());
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task WhatWasReadAhead_ComesFirst(TransportKind kind)
    {
        await using SpliceRig rig = await SpliceRig.OpenAsync(kind, ahead: "already ");

        rig.Client.Send("read"u8);

        await SpliceRig.ReadsAsync(rig.Server, "already read");
        Assert.Equal((12, 0), await rig.BytesAsync());
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task ServerMaySpeakFirst(TransportKind kind)
    {
        await using SpliceRig rig = await SpliceRig.OpenAsync(kind);

        rig.Server.Send("220 mail.example ESMTP\r\n"u8);
        await SpliceRig.ReadsAsync(rig.Client, "220 mail.example ESMTP\r\n");
        rig.Client.Send("HELO me\r\n"u8);

        await SpliceRig.ReadsAsync(rig.Server, "HELO me\r\n");
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task ClientsEnd_IsPassedOn_AndTheAnswerStillComes(TransportKind kind)
    {
        await using SpliceRig rig = await SpliceRig.OpenAsync(kind);

        rig.Client.Send("all"u8);
        rig.Client.Shutdown(SocketShutdown.Send);
        await SpliceRig.ReadsAsync(rig.Server, "all");
        await SpliceRig.EndsAsync(rig.Server);
        Assert.False(rig.End.IsCompleted);
        rig.Server.Send("answer"u8);
        rig.Server.Shutdown(SocketShutdown.Send);

        await SpliceRig.ReadsAsync(rig.Client, "answer");
        await SpliceRig.EndsAsync(rig.Client);
        Assert.Equal(SpliceEnd.Ended, await rig.EndAsync());
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task ServersEnd_IsPassedOn_AndTheClientMayGoOn(TransportKind kind)
    {
        await using SpliceRig rig = await SpliceRig.OpenAsync(kind);

        rig.Server.Shutdown(SocketShutdown.Send);
        await SpliceRig.EndsAsync(rig.Client);
        rig.Client.Send("still here"u8);
        await SpliceRig.ReadsAsync(rig.Server, "still here");
        rig.Client.Shutdown(SocketShutdown.Send);

        await SpliceRig.EndsAsync(rig.Server);
        Assert.Equal(SpliceEnd.Ended, await rig.EndAsync());
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task ClientsReset_IsPassedOnAsReset(TransportKind kind)
    {
        await using SpliceRig rig = await SpliceRig.OpenAsync(kind);
        rig.Client.Send("half a "u8);
        await SpliceRig.ReadsAsync(rig.Server, "half a ");

        SpliceRig.Reset(rig.Client);

        await SpliceRig.BreaksAsync(rig.Server);
        Assert.Equal(SpliceEnd.ClientBroke, await rig.EndAsync());
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task ServersReset_IsPassedOnAsReset_BehindItsLastWords(TransportKind kind)
    {
        await using SpliceRig rig = await SpliceRig.OpenAsync(kind);
        rig.Client.Send("unread"u8);
        await rig.UntilAsync(() => rig.Splice.BytesUp == 6);

        // Closing with unread bytes resets: how servers refuse who talks out of turn.
        rig.Server.Send("no"u8);
        rig.Server.Dispose();

        await SpliceRig.ReadsAsync(rig.Client, "no");
        await SpliceRig.BreaksAsync(rig.Client);
        Assert.Equal(SpliceEnd.ServerBroke, await rig.EndAsync());
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task ServerThatHadEndedAndTakesNoMore_LeftInOrder(TransportKind kind)
    {
        await using SpliceRig rig = await SpliceRig.OpenAsync(kind);

        rig.Server.Send("bye"u8);
        rig.Server.Dispose();
        await SpliceRig.ReadsAsync(rig.Client, "bye");
        await SpliceRig.EndsAsync(rig.Client);
        rig.Client.Send("are you there"u8);
        await rig.UntilAsync(() => rig.Splice.BytesUp == 13);

        // The framework's sockets learn of a reset behind an end with the next send only.
        rig.Client.Send("?"u8);

        Assert.Equal(SpliceEnd.Ended, await rig.EndAsync());
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task Abort_ResetsBoth(TransportKind kind)
    {
        await using SpliceRig rig = await SpliceRig.OpenAsync(kind);

        await rig.Runner.RunAsync(rig.Splice.Abort);

        Assert.Equal(SpliceEnd.Aborted, await rig.EndAsync());
        await SpliceRig.BreaksAsync(rig.Client);
        await SpliceRig.BreaksAsync(rig.Server);
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task BothSidesGoneBeforeItBegan_IsAnEndLikeAnyOther(TransportKind kind)
    {
        await using SpliceRig rig = await SpliceRig.OpenAsync(kind, ahead: "late");

        SpliceRig.Reset(rig.Client);
        SpliceRig.Reset(rig.Server);

        Assert.Contains(await rig.EndAsync(), (SpliceEnd[])[SpliceEnd.ClientBroke, SpliceEnd.ServerBroke]);
    }
}
