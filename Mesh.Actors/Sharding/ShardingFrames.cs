using Google.Protobuf;
using Mesh.Actors.Sharding.Protocol;

namespace Mesh.Actors.Sharding;

/// <summary>Domain to frame and back. What a newer version sends and this one does not know becomes null.</summary>
internal static class ShardingFrames
{
    public static NodeFrame ToFrame(UniqueAddress node) => new()
    {
        System = node.Address.System,
        Host = node.Address.Host ?? "",
        Port = (uint)(node.Address.Port ?? 0),
        Uid = node.Uid,
    };

    public static UniqueAddress? FromFrame(NodeFrame? frame) => frame is null || frame.Uid == 0 && frame.System.Length == 0
        ? null
        : new UniqueAddress(
            frame.Host.Length == 0 ? new Address(frame.System) : new Address(frame.System, frame.Host, (int)frame.Port), frame.Uid);

    public static SignalFrame ToFrame(string type, ShardSignal word) => new()
    {
        Type = type,
        Term = word.Term,
        Verb = (uint)word.Verb,
        Shard = (uint)word.Shard,
        Epoch = word.Epoch,
        Owner = word.Owner is { } owner ? ToFrame(owner) : null,
        Found = word.Found,
    };

    public static ShardSignal? FromFrame(SignalFrame frame) =>
        frame.Verb is < (uint)ShardVerb.GetShardHome or > (uint)ShardVerb.BarrierDone || frame.Shard >= ShardingLimits.MaxShards
            ? null
            : new ShardSignal((ShardVerb)frame.Verb, frame.Term, (int)frame.Shard, frame.Epoch, FromFrame(frame.Owner), frame.Found);

    public static ReportFrame ToFrame(string type, RegionReport report)
    {
        var frame = new ReportFrame
        {
            Type = type,
            Term = report.Term,
            Number = report.Number,
            Hosts = report.Hosts,
            Draining = report.Draining,
            Weight = (uint)report.Weight,
            NumberOfShards = (uint)report.NumberOfShards,
        };
        foreach (ShardRow row in report.Shards) frame.Shards.Add(ToFrame(row));
        return frame;
    }

    public static RegionReport FromFrame(ReportFrame frame) => new(
        frame.Term, frame.Number, frame.Hosts, frame.Draining, (int)Math.Min(frame.Weight, 100), (int)Math.Min(frame.NumberOfShards, int.MaxValue),
        [.. frame.Shards.Take(ShardingLimits.MaxShards).Select(FromFrame)]);

    public static GrantFrame ToFrame(string type, RegionGrant grant)
    {
        var frame = new GrantFrame
        {
            Type = type,
            Term = grant.Term,
            Number = grant.Number,
            Milliseconds = (uint)Math.Max(0, (long)grant.Duration.TotalMilliseconds),
        };
        foreach (ShardRow row in grant.Stop) frame.Stop.Add(ToFrame(row));
        return frame;
    }

    public static RegionGrant FromFrame(GrantFrame frame) => new(
        frame.Term, frame.Number, TimeSpan.FromMilliseconds(frame.Milliseconds), [.. frame.Stop.Take(ShardingLimits.MaxShards).Select(FromFrame)]);

    public static MailFrame ToFrame(string type, long epoch, ShardMail mail, string sender) => new()
    {
        Type = type,
        Shard = (uint)mail.Shard,
        Epoch = epoch,
        Entity = mail.EntityId,
        Manifest = mail.Manifest ?? "",
        Payload = UnsafeByteOperations.UnsafeWrap(mail.Payload),
        Sender = sender,
        Sequence = mail.Sequence,
        Hops = (uint)mail.Hops,
    };

    /// <param name="frame">What came.</param>
    /// <param name="origin">Who took the message from its teller; null for this node.</param>
    /// <param name="sender">The teller.</param>
    /// <param name="isAsk">The teller awaits an answer.</param>
    public static ShardMail FromFrame(MailFrame frame, UniqueAddress? origin, IActorRef? sender, bool isAsk) =>
        new(frame.Entity, (int)frame.Shard, null, sender)
        {
            Origin = origin,
            IsAsk = isAsk,
            Manifest = frame.Manifest,
            Payload = frame.Payload.Memory,
            Sequence = frame.Sequence,
            Hops = (int)Math.Min(frame.Hops, 100),
        };

    public static AnswerFrame ToFrame(long id, ShardingInfo info)
    {
        var frame = new AnswerFrame
        {
            Id = id, Coordinator = ToFrame(info.Coordinator), IsCoordinator = true, Term = info.Term, Rebalancing = info.Rebalancing,
        };
        foreach (RegionInfo region in info.Regions)
        {
            frame.Regions.Add(new RegionRowFrame
            {
                Node = ToFrame(region.Node),
                Hosts = region.Hosts,
                Draining = region.Draining,
                Weight = (uint)region.Weight,
                Shards = (uint)region.Shards,
                Entities = (uint)region.Entities,
                SilentMilliseconds = (uint)Math.Clamp(region.Silent.TotalMilliseconds, 0, uint.MaxValue),
            });
        }

        foreach (ShardInfo shard in info.Shards)
        {
            frame.Shards.Add(new PlacedShardFrame
            {
                Shard = (uint)shard.Shard,
                Epoch = shard.Epoch,
                Owner = shard.Owner is { } owner ? ToFrame(owner) : null,
                Stage = (uint)shard.Stage,
                Entities = (uint)shard.Entities,
            });
        }

        return frame;
    }

    public static ShardingInfo FromFrame(string type, UniqueAddress coordinator, AnswerFrame frame) => new(
        type, coordinator, frame.Term, frame.Rebalancing,
        [
            .. frame.Regions.Where(region => FromFrame(region.Node) is not null).Select(region => new RegionInfo(
                FromFrame(region.Node)!, region.Hosts, region.Draining, (int)region.Weight, (int)region.Shards, (int)region.Entities,
                TimeSpan.FromMilliseconds(region.SilentMilliseconds))),
        ],
        [
            .. frame.Shards.Select(shard => new ShardInfo(
                (int)shard.Shard, shard.Epoch, FromFrame(shard.Owner), (ShardStage)shard.Stage, (int)shard.Entities)),
        ]);

    private static ShardRowFrame ToFrame(ShardRow row) => new()
    {
        Shard = (uint)row.Shard, Epoch = row.Epoch, Phase = (uint)row.Phase, Entities = (uint)row.Entities,
    };

    private static ShardRow FromFrame(ShardRowFrame frame) => new(
        (int)Math.Min(frame.Shard, int.MaxValue), frame.Epoch, (ShardPhase)Math.Min(frame.Phase, 255), (int)Math.Min(frame.Entities, int.MaxValue));
}
