using System.Collections.Immutable;
using Mesh.Actors;
using Mesh.Actors.Membership;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Actors.Detection;

public sealed class OverlaySeatTests
{
    [Theory]
    [InlineData(5, 3)]
    [InlineData(40, 11)]
    [InlineData(300, 40)]
    public void Seat_HasTheNeighboursOfTheWholeList_HoweverMembersComeAndGo(int size, int atOnce)
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            var random = new SplitMix64((seed << 20) + (ulong)size);
            var crowd = new Crowded(ref random, size);
            UniqueAddress self = Crowd.Node(0);
            var seat = new OverlaySeat(self);
            for (int step = 0; step < 60; step++)
            {
                (List<UniqueAddress> came, List<UniqueAddress> went) = crowd.Change(ref random, random.Next(atOnce));

                seat.Follow(crowd.Members, crowd.Unreachable, came, went);

                ImmutableArray<UniqueAddress> expected = Overlay.Neighbours(self, crowd.Members, crowd.Unreachable);
                Assert.True(expected.SequenceEqual(seat.Neighbours), $"size {size}, seed {seed}, step {step}");
            }
        }
    }

    [Fact]
    public void Seat_LooksAtOneThatComes_NotAtAllMembers()
    {
        ImmutableArray<Member> members = Crowd.Of(5, 300);
        var seat = new OverlaySeat(Crowd.Node(0));
        seat.Follow(members, [], came: null, went: []);
        ImmutableArray<UniqueAddress> before = seat.Neighbours;

        // A list that lacks them all: whoever looked at it would find no neighbour.
        seat.Follow([], [], [Crowd.Node(1000)], []);

        Assert.True(seat.Neighbours.Length >= before.Length - 1, "the seat looked at the whole list");
        Assert.Subset(before.Append(Crowd.Node(1000)).ToHashSet(), seat.Neighbours.ToHashSet());
    }

    /// <summary>Members that come, change status, go and are lost from sight.</summary>
    private sealed class Crowded
    {
        private readonly SortedDictionary<int, MemberStatus> _members = [];
        private readonly SortedSet<int> _away = [];
        private readonly int _size;

        public Crowded(ref SplitMix64 random, int size)
        {
            _size = size;
            for (int number = 0; number < size; number += 1 + random.Next(3)) _members[number] = MemberStatus.Up;
        }

        public ImmutableArray<Member> Members =>
            [.. _members.Select(each => Crowd.Member(each.Key, each.Key < 5, each.Value)).OrderBy(member => member.UniqueAddress)];

        public ImmutableArray<UniqueAddress> Unreachable =>
            [.. _away.Where(_members.ContainsKey).Select(number => Crowd.Node(number)).Order()];

        public (List<UniqueAddress> Came, List<UniqueAddress> Went) Change(ref SplitMix64 random, int changes)
        {
            SortedSet<int> before = Alive();
            for (int i = 0; i < changes; i++)
            {
                int number = random.Next(_size);
                switch (random.Next(5))
                {
                    case 0: _members.Remove(number); break;
                    case 1: _members[number] = MemberStatus.Down; break;
                    case 2 when random.Next(4) == 0: _away.Add(number); break;
                    case 3 when random.Next(4) == 0: _away.Remove(number); break;
                    default: _members[number] = random.Next(2) == 0 ? MemberStatus.Joining : MemberStatus.Up; break;
                }
            }

            SortedSet<int> after = Alive();
            return ([.. after.Except(before).Select(number => Crowd.Node(number))], [.. before.Except(after).Select(number => Crowd.Node(number))]);
        }

        private SortedSet<int> Alive() => [.. _members.Where(each => each.Value < MemberStatus.Down).Select(each => each.Key)];
    }
}
