using System.Collections.Immutable;
using Mesh.Actors;
using Mesh.Actors.Membership;
using Mesh.Actors.Membership.Protocol;
using Mesh.Actors.Membership.Records;
using Mesh.Actors.Membership.Spreading;
using Xunit;

namespace Mesh.Tests.Actors.Membership;

public sealed class GossipQueueTests
{
    private const ulong Self = 1, Ann = 2, Bob = 3, Eve = 4;

    private readonly GossipQueue _queue = new();

    [Fact]
    public void Record_IsToldOnceToEachPeer()
    {
        _queue.Add(Record(9, MemberStatus.Up), GossipRank.Other, Self);

        Assert.Equal([1, 1, 0, 0], new[] { Ann, Bob, Ann, Bob }.Select(peer => Told(peer)));
    }

    [Fact]
    public void WhoToldIt_AndWhoShowsThatItKnows_AreNotTold()
    {
        _queue.Add(Record(9, MemberStatus.Up), GossipRank.Other, Ann);
        _queue.Known(Record(9, MemberStatus.Up), Bob);

        Assert.Equal([0, 0, 1], new[] { Ann, Bob, Eve }.Select(peer => Told(peer)));
    }

    [Fact]
    public void WhoKnowsOnlyAnEarlierRecord_IsTold()
    {
        _queue.Add(Record(9, MemberStatus.Up), GossipRank.Other, Self);
        _queue.Known(Record(9, MemberStatus.Joining), Ann);

        Assert.Equal(1, Told(Ann));
    }

    [Fact]
    public void LaterRecord_IsToldAgainToEverybody()
    {
        _queue.Add(Record(9, MemberStatus.Joining), GossipRank.Other, Self);
        Told(Ann);
        _queue.Add(Record(9, MemberStatus.Up), GossipRank.Other, Self);

        Assert.Equal(1, Told(Ann));
    }

    [Fact]
    public void Nothing_Waits_WhenEachNeighbourKnowsIt()
    {
        _queue.Add(Record(9, MemberStatus.Up), GossipRank.Other, Self);
        Told(Ann);
        _queue.DropKnown([Node(Ann), Node(Bob)]);
        Assert.Equal(1, _queue.Count);

        Told(Bob);
        _queue.DropKnown([Node(Ann), Node(Bob)]);

        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void Record_IsPassedOnABoundedNumberOfTimes()
    {
        _queue.Add(Record(9, MemberStatus.Up), GossipRank.Other, Self);

        Assert.Equal([1, 1, 0], new[] { Ann, Bob, Eve }.Select(peer => Told(peer, transmissions: 2)));
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void WhatAPeerKnows_TakesNoRoomInItsMessage()
    {
        _queue.Add(Record(9, MemberStatus.Up), GossipRank.Other, Self);
        _queue.Add(Record(8, MemberStatus.Up), GossipRank.Alive, Ann);
        var message = new Gossip();

        _queue.Fill(message, Ann, 8, Record(9, MemberStatus.Up).WireSize + 4, TimeSpan.Zero);

        Assert.Equal(9UL, Assert.Single(message.Members).Node.Uid);
    }

    private int Told(ulong peer, int transmissions = 8)
    {
        var message = new Gossip();
        _queue.Fill(message, peer, transmissions, 32_000, TimeSpan.Zero);
        return message.Members.Count;
    }

    private static UniqueAddress Node(ulong uid) => new(new Address("mesh", $"n{uid}", 1), uid);

    private static MemberRecord Record(ulong uid, MemberStatus status) =>
        new(Node(uid), new MemberMeta(1, 0, 1, $"n{uid}", new EquatableList<string>(ImmutableArray<string>.Empty), "1", false), status, 7);
}
