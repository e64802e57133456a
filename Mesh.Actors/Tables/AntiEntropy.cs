using Google.Protobuf;
using Google.Protobuf.Collections;
using Mesh.Actors.Control;
using Mesh.Actors.Membership;
using Mesh.Actors.Remoting;
using Mesh.Actors.Tables.Protocol;

namespace Mesh.Actors.Tables;

/// <summary>
/// Compares the tables with one member at a time, chosen by chance: what makes lost news, healed partitions and joiners whole. While all is
/// equal it costs one small message each way.
/// </summary>
/// <remarks>SyncRoots -> SyncBuckets (only tables that differ) -> then <see cref="Exchanges"/>. Claims about owners ride on both.</remarks>
internal sealed class AntiEntropy
{
    /// <summary>Members beyond which a partner is drawn before all are looked at, and how often.</summary>
    private const int ManyMembers = 32, Draws = 8;

    private readonly NodeServices _node;
    private readonly TableSettings _settings;
    private readonly IMembership _membership;
    private readonly SortedDictionary<string, TableCore> _tables;
    private readonly OriginBook _origins;
    private readonly Func<ulong> _version;
    private readonly Exchanges _exchanges;
    private readonly FreshStart _start = new();
    private ControlTimer? _timer;
    private ControlTimer? _prompt;

    public AntiEntropy(
        NodeServices node,
        TableSettings settings,
        IMembership membership,
        SortedDictionary<string, TableCore> tables,
        OriginBook origins,
        Func<ulong> version)
    {
        (_node, _settings, _membership, _tables, _origins, _version) = (node, settings, membership, tables, origins, version);
        node.Messenger.Handle<SyncRoots>(OnRoots);
        node.Messenger.Handle<SyncBuckets>(OnBuckets);
        _exchanges = new Exchanges(node, settings, tables);
    }

    /// <summary>Whether membership lists a uid.</summary>
    public required Func<ulong, bool> IsMember { get; init; }

    /// <summary>Bytes of roots, bucket hashes and claims that were sent.</summary>
    public long SummaryBytes { get; private set; }

    public void Start() => _timer = _node.Loop.After(_settings.SyncInterval * _node.Loop.Random.NextDouble(), Round);

    public void Stop()
    {
        _timer?.Cancel();
        _prompt?.Cancel();
    }

    /// <summary>A member appeared, or answers again: compares with it soon.</summary>
    public void Prompt(UniqueAddress member)
    {
        if (_prompt is not null) return;
        _prompt = _node.Loop.After(_settings.SyncInterval / 4 * _node.Loop.Random.NextDouble(), () =>
        {
            _prompt = null;
            Ask(member);
        });
    }

    private void Round()
    {
        // A tenth more or less, so that a fleet that started at once does not stay in step.
        _timer = _node.Loop.After(_settings.SyncInterval * (0.9 + (0.2 * _node.Loop.Random.NextDouble())), Round);
        _exchanges.NextRound();
        ClusterState state = _membership.State;
        if (Partner(state) is { } partner) Ask(partner);
        else if (state.Members.Length == 1 && state.SelfMember is { Status: MemberStatus.Up })
            foreach (TableCore table in _tables.Values) table.AgreedAlone();
    }

    /// <summary>
    /// One of those that may be asked, each as likely. In a large cluster nearly all may, and a few draws spare the look at every member.
    /// </summary>
    private UniqueAddress? Partner(ClusterState state)
    {
        for (int draw = 0; draw < Draws && state.Members.Length > ManyMembers; draw++)
        {
            Member drawn = state.Members[_node.Loop.Random.Next(state.Members.Length)];
            if (IsPartner(state, drawn)) return drawn.UniqueAddress;
        }

        List<UniqueAddress> partners = [.. state.Members.Where(member => IsPartner(state, member)).Select(member => member.UniqueAddress)];
        return partners.Count == 0 ? null : partners[_node.Loop.Random.Next(partners.Count)];
    }

    private static Root RootOf(TableCore table) =>
        new() { Table = table.Name, Hash = table.Replica.Root, Confirmed = table.AgreedAt is not null, Fresh = FreshStart.Is(table) };

    private static bool IsPartner(ClusterState state, Member member) =>
        member.UniqueAddress != state.Self && state.IsReachable(member.UniqueAddress)
        && member.Status is MemberStatus.Up or MemberStatus.WeaklyUp or MemberStatus.Leaving;

    private void Ask(UniqueAddress partner)
    {
        var roots = new SyncRoots();
        foreach (TableCore table in _tables.Values) roots.Roots.Add(RootOf(table));
        roots.Claims.AddRange(Claims());
        Send(partner, roots, Lane.Control);
    }

    private void OnRoots(UniqueAddress from, SyncRoots roots)
    {
        Hear(roots.Claims);
        var buckets = new SyncBuckets();
        foreach (Root root in roots.Roots.Take(TableSettings.MaxTables))
        {
            if (!_tables.TryGetValue(root.Table, out TableCore? table)) continue;
            if (table.Replica.Root == root.Hash)
            {
                buckets.Equal.Add(RootOf(table));
                Equal(table, from, root);
            }
            else if (table.AgreedAt is null && _exchanges.IsUnderWay(table))
            {
                // Whoever catches up asks one member for all rows; what others would push meanwhile is the same rows once more.
                _node.Loop.Reached("tables: who catches up was asked");
            }
            else
            {
                ByteString hashes = ByteString.CopyFrom(table.Replica.WriteHashes());
                buckets.Tables.Add(new BucketHashes { Table = table.Name, Hashes = hashes, Confirmed = table.AgreedAt is not null });
            }
        }

        buckets.Claims.AddRange(Claims());
        Send(from, buckets, buckets.Tables.Count == 0 ? Lane.Control : Lane.System);
    }

    private void OnBuckets(UniqueAddress from, SyncBuckets buckets)
    {
        Hear(buckets.Claims);
        foreach (Root equal in buckets.Equal.Take(TableSettings.MaxTables))
            if (_tables.TryGetValue(equal.Table, out TableCore? table)) Equal(table, from, equal);
        foreach (BucketHashes hashes in buckets.Tables.Take(TableSettings.MaxTables))
        {
            if (!_tables.TryGetValue(hashes.Table, out TableCore? table) || _exchanges.IsUnderWay(table)) continue;
            if (Digests.Differing(table.Replica, hashes.Hashes) is not { } mask)
            {
                table.Counters.Malformed++;
                continue;
            }

            if (Digests.BucketsOf(mask) > 0) _exchanges.Begin(table, from, mask, hashes.Confirmed);
            else table.Agreed(hashes.Confirmed);
        }
    }

    private void Equal(TableCore table, UniqueAddress peer, Root root) =>
        table.Agreed(root.Confirmed || (root.Fresh && _start.IsComplete(table, peer, _membership.State)));

    private IEnumerable<Claim> Claims()
    {
        TimeSpan now = _node.Loop.Now;
        yield return new Claim { Origin = _node.Messenger.Self.Uid, Version = _version(), AgeMilliseconds = 0 };
        foreach (OriginAge each in _origins.Pick(_settings.ClaimsPerMessage - 1, now, count => _node.Loop.Random.Next(count)))
        {
            double age = Math.Clamp(each.Age!.Value.TotalMilliseconds, 0, uint.MaxValue);
            yield return new Claim { Origin = each.Uid, Version = each.Claimed, AgeMilliseconds = (uint)age };
        }
    }

    private void Hear(RepeatedField<Claim> claims)
    {
        foreach (Claim claim in claims.Take(_settings.ClaimsPerMessage))
        {
            if (claim.Origin == _node.Messenger.Self.Uid || !IsMember(claim.Origin)) continue;
            _origins.Heard(claim.Origin, claim.Version, _node.Loop.Now - TimeSpan.FromMilliseconds(claim.AgeMilliseconds));
        }
    }

    private void Send(UniqueAddress to, IMessage message, Lane lane)
    {
        _node.Messenger.Send(to, message, lane);
        SummaryBytes += message.CalculateSize();
    }
}
