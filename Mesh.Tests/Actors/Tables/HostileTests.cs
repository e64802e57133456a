using Mesh.Actors.Tables;
using Mesh.Actors.Tables.Protocol;
using Xunit;

namespace Mesh.Tests.Actors.Tables;

/// <summary>Peers that do not play by the rules.</summary>
public sealed class HostileTests
{
    [Fact]
    public void AnAnswerThatGoesBack_EndsTheExchange_InsteadOfTurningForEver()
    {
        var world = new TableWorld(21);
        TestNode one = world.AddNode(), rogue = world.AddNode(start: false);
        ReplicatedMap<string> map = one.OpenMap();
        for (int i = 0; i < 100; i++) map.Put($"k{i}", "v", new RowVersion(1, 1));
        world.AllUp();
        int digests = 0;
        world.Sent = (message, _) =>
        {
            switch (message)
            {
                case SyncRoots roots when roots.Roots.Count > 0:
                    var buckets = new SyncBuckets();
                    byte[] hashes = new byte[Replica.Buckets * 8];
                    hashes.AsSpan().Fill(7);
                    buckets.Tables.Add(new BucketHashes { Table = "routes", Hashes = Google.Protobuf.ByteString.CopyFrom(hashes) });
                    world.At(world.Now, one, () => one.Messenger.Deliver(rogue.Self, buckets));
                    break;
                case SyncDigest digest:
                    digests++;
                    var answer = new SyncRows { Table = "routes", Exchange = digest.Exchange, Through = 0 };
                    world.At(world.Now + TimeSpan.FromMilliseconds(1), one, () => one.Messenger.Deliver(rogue.Self, answer));
                    break;
            }
        };

        world.Run(60);

        Assert.InRange(digests, 1, 60);
        Assert.InRange(one.Tables.GetStatus()[0].Refused, 1, 60);
    }
}
