using System.Collections.Immutable;
using Mesh.Actors.Membership;

namespace Mesh.Actors.Sharding;

/// <summary>The regions as a coordinator knows them: who was heard, who may host, who is surely gone.</summary>
internal sealed class CoordinatorRegions
{
    private readonly SortedDictionary<UniqueAddress, CoordinatorRegion> _regions = [];
    private readonly ShardingSettings _settings;
    private ClusterState _view;

    public CoordinatorRegions(ShardingSettings settings, ClusterState view, IEnumerable<UniqueAddress> lost, TimeSpan now)
    {
        (_settings, _view) = (settings, view);
        foreach (UniqueAddress node in view.Members.Where(MayHost).Select(member => member.UniqueAddress).Concat(lost))
        {
            _regions.TryAdd(node, new CoordinatorRegion(node, now));
        }
    }

    public IEnumerable<CoordinatorRegion> All => _regions.Values;

    /// <summary>Core members that were not heard in this term.</summary>
    public int Unheard => _regions.Values.Count(region => !region.Known);

    public bool IsReachable(UniqueAddress node) => IsAlive(node) && _view.IsReachable(node);

    /// <summary>It takes part and has a grant: shards may be placed there.</summary>
    public bool IsPlace(CoordinatorRegion region, TimeSpan now) =>
        region is { Known: true, Hosts: true, Draining: false } && now < region.GrantedUntil && _view.IsReachable(region.Node)
        && _view.Find(region.Node) is { IsCore: true, Status: MemberStatus.Up };

    /// <summary>Its shards are to go elsewhere while it can still stop them in order.</summary>
    public bool IsLeaving(CoordinatorRegion region) =>
        region.Known && (region.Draining || _view.Find(region.Node) is { Status: MemberStatus.Leaving or MemberStatus.Exiting });

    /// <summary>Nothing moves while two versions run or somebody in core is not seen.</summary>
    public bool IsCalm =>
        Unheard == 0
        && _view.Members.Where(MayHost).Select(member => member.AppVersion).Distinct().Count() <= 1
        && _view.Members.All(member => !member.IsCore || (_view.IsReachable(member.UniqueAddress) && member.Status != MemberStatus.Down));

    public void Update(ClusterState view, TimeSpan now)
    {
        ClusterState before = _view;
        _view = view;
        foreach (Member member in view.Members)
        {
            // One that comes now cannot have anything of an earlier term.
            bool isNew = MayHost(member) && !(before.Find(member.UniqueAddress) is { } known && MayHost(known));
            if (isNew) _regions.TryAdd(member.UniqueAddress, new CoordinatorRegion(member.UniqueAddress, now) { Known = true });
        }
    }

    /// <summary>A region's report; null when it is not a member, or the report is an old one.</summary>
    public CoordinatorRegion? Accept(UniqueAddress from, RegionReport report, TimeSpan grantedUntil, TimeSpan now)
    {
        if (!IsAlive(from)) return null;
        if (!_regions.TryGetValue(from, out CoordinatorRegion? region)) _regions.Add(from, region = new CoordinatorRegion(from, now));
        if (report.Number <= region.Number) return null;
        (region.Known, region.Hosts, region.Draining, region.Weight) = (true, report.Hosts, report.Draining, Math.Clamp(report.Weight, 1, 100));
        (region.Number, region.HeardAt) = (report.Number, now);
        if (grantedUntil > region.GrantedUntil) region.GrantedUntil = grantedUntil;
        return region;
    }

    /// <summary>Those whose entities are dead by their own clock, and that are gone by the membership's word or by a long silence.</summary>
    public List<CoordinatorRegion> Lost(TimeSpan now) =>
    [
        .. _regions.Values.Where(region => now >= region.GrantedUntil + _settings.KillGrace + _settings.Margin
            && (!IsAlive(region.Node) || now >= region.HeardAt + _settings.SilentRegion)),
    ];

    /// <summary>Those that have not said what they run and are asked now.</summary>
    public List<UniqueAddress> ToAsk(TimeSpan now)
    {
        List<UniqueAddress> due = [];
        foreach (CoordinatorRegion region in _regions.Values)
        {
            if (region.Known || now < region.NextAsk || !IsAlive(region.Node)) continue;
            region.NextAsk = now + _settings.Report;
            due.Add(region.Node);
        }

        return due;
    }

    public void Remove(UniqueAddress node) => _regions.Remove(node);

    /// <summary>
    /// What a shorter lease cut off the grants is given now that it was renewed, so that they outlive a coordinator that dies next.
    /// </summary>
    public List<ShardEffect> Regrant(long term, TimeSpan deadline)
    {
        List<ShardEffect> grants = [];
        foreach (CoordinatorRegion region in _regions.Values)
        {
            TimeSpan rest = deadline - region.HeardAt;
            TimeSpan duration = _settings.Grant < rest ? _settings.Grant : rest;
            if (!region.Known || !region.Hosts || region.Number == 0 || region.HeardAt + duration <= region.GrantedUntil) continue;
            region.GrantedUntil = region.HeardAt + duration;
            grants.Add(new ShardEffect.Grant(region.Node, new RegionGrant(term, region.Number, duration, [])));
        }

        return grants;
    }

    /// <summary>No region but that one may run anything any more.</summary>
    public bool NoGrantRuns(UniqueAddress except, TimeSpan now) => _regions.Values.All(region =>
        region.Node == except || !region.Hosts || now >= region.GrantedUntil + _settings.KillGrace + _settings.Margin);

    public ImmutableArray<RegionInfo> Describe(CoordinatorShard[] shards, TimeSpan now) =>
    [
        .. _regions.Values.Where(region => region.Known).Select(region =>
        {
            CoordinatorShard[] own = Array.FindAll(shards, shard => shard.Owner == region.Node);
            return new RegionInfo(
                region.Node, region.Hosts, region.Draining, region.Weight, own.Length, own.Sum(shard => shard.Entities), now - region.HeardAt);
        }),
    ];

    private bool IsAlive(UniqueAddress node) => _view.Find(node) is { Status: not MemberStatus.Down };

    private static bool MayHost(Member member) => member.IsCore && member.Status is not MemberStatus.Joining;
}
