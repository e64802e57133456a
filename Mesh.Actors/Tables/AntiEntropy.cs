using Google.Protobuf;
using Google.Protobuf.Collections;
using Mesh.Actors.Control;
using Mesh.Actors.Membership;
using Mesh.Actors.Remoting;
using Mesh.Actors.Tables.Protocol;

namespace Mesh.Actors.Tables;

/// <summary>
/// Compares the tables with one member at a time, chosen by chance, and exchanges what differs: what makes lost news, healed partitions and joiners
/// whole. While all is equal it costs one small message each way.
/// </summary>
/// <remarks>
/// SyncRoots -> SyncBuckets (only tables that differ) -> SyncDigest -> SyncRows, SyncPush -> SyncDigest ... The asker keeps one exchange a table
/// and sends the next digest when the last was answered, so that a slow peer is asked slowly; the one who answers remembers nothing.
/// </remarks>
internal sealed class AntiEntropy
{
    /// <summary>Most rows of one message that are passed on to neighbours as news; more is somebody catching up, and each node catches up by itself.</summary>
    public const int MaxRepairSpread = 32;

    /// <summary>Most bytes that are pushed after one answer; the rest follows after the next.</summary>
    public const int MaxPushBytes = 512 * 1024;

    private readonly NodeServices _node;
    private readonly TableSettings _settings;
    private readonly IMembership _membership;
    private readonly SortedDictionary<string, TableCore> _tables;
    private readonly OriginBook _origins;
    private readonly Func<ulong> _version;
    private readonly SortedDictionary<string, Exchange> _exchanges = new(StringComparer.Ordinal);
    private ControlTimer? _timer;
    private ControlTimer? _prompt;
    private uint _number;
    private int _answers;

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
        node.Messenger.Handle<SyncDigest>(OnDigest);
        node.Messenger.Handle<SyncRows>(OnRows);
        node.Messenger.Handle<SyncPush>(OnPush);
    }

    /// <summary>Whether membership lists a uid.</summary>
    public required Func<ulong, bool> IsMember { get; init; }

    /// <summary>Digests that were dropped because too many came at once.</summary>
    public long AnswersRefused { get; private set; }

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
        _answers = 0;
        foreach ((string table, Exchange exchange) in _exchanges.ToArray())
            if (_node.Loop.Now - exchange.Since >= _settings.SyncTimeout) _exchanges.Remove(table);
        ClusterState state = _membership.State;
        List<UniqueAddress> partners = [.. state.Members.Where(member => IsPartner(state, member)).Select(member => member.UniqueAddress)];
        if (partners.Count > 0) Ask(partners[_node.Loop.Random.Next(partners.Count)]);
        else if (state.Members.Length == 1 && state.SelfMember is { Status: MemberStatus.Up })
            foreach (TableCore table in _tables.Values) table.Agreed(peerConfirmed: true);
    }

    private static Root RootOf(TableCore table) =>
        new() { Table = table.Name, Hash = table.Replica.Root, Confirmed = table.AgreedAt is not null };

    private static bool IsPartner(ClusterState state, Member member) =>
        member.UniqueAddress != state.Self && state.IsReachable(member.UniqueAddress)
        && member.Status is MemberStatus.Up or MemberStatus.WeaklyUp or MemberStatus.Leaving;

    private void Ask(UniqueAddress partner)
    {
        var roots = new SyncRoots();
        foreach (TableCore table in _tables.Values) roots.Roots.Add(RootOf(table));
        roots.Claims.AddRange(Claims());
        Send(partner, roots, Lane.Control, null);
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
                table.Agreed(root.Confirmed);
            }
            else
            {
                ByteString hashes = ByteString.CopyFrom(table.Replica.WriteHashes());
                buckets.Tables.Add(new BucketHashes { Table = table.Name, Hashes = hashes, Confirmed = table.AgreedAt is not null });
            }
        }

        buckets.Claims.AddRange(Claims());
        Send(from, buckets, buckets.Tables.Count == 0 ? Lane.Control : Lane.System, null);
    }

    private void OnBuckets(UniqueAddress from, SyncBuckets buckets)
    {
        Hear(buckets.Claims);
        foreach (Root equal in buckets.Equal.Take(TableSettings.MaxTables))
            if (_tables.TryGetValue(equal.Table, out TableCore? table)) table.Agreed(equal.Confirmed);
        foreach (BucketHashes hashes in buckets.Tables.Take(TableSettings.MaxTables))
        {
            if (!_tables.TryGetValue(hashes.Table, out TableCore? table) || _exchanges.ContainsKey(table.Name)) continue;
            if (Digests.Differing(table.Replica, hashes.Hashes) is not { } mask)
            {
                table.Counters.Malformed++;
                continue;
            }

            int differing = Digests.BucketsOf(mask);
            bool catchesUp = table.AgreedAt is null || differing > Replica.Buckets / 2;
            if (differing > 0) Begin(table, new Exchange(++_number, from, mask, catchesUp, hashes.Confirmed));
            else table.Agreed(hashes.Confirmed);
        }
    }

    /// <remarks>
    /// In a fleet that changes all the time some rows always differ, because they are under way: one digest a round is enough then, and starts anywhere.
    /// </remarks>
    private void Begin(TableCore table, Exchange exchange)
    {
        ulong after = exchange.CatchesUp || table.Replica.Count < Digests.MaxEntries ? 0 : _node.Loop.Random.Next();
        exchange.IsWhole = after == 0;
        _exchanges[table.Name] = exchange;
        SendDigest(table, exchange, after);
    }

    private void SendDigest(TableCore table, Exchange exchange, ulong after)
    {
        exchange.Since = _node.Loop.Now;
        int entries = _node.Loop.Chance("tables: tiny digest") ? 1 : Digests.MaxEntries;
        Send(exchange.Peer, Digests.Build(table.Replica, table.Name, exchange.Number, exchange.Mask, after, entries), Lane.Bulk, table);
    }

    private void OnDigest(UniqueAddress from, SyncDigest digest)
    {
        if (!_tables.TryGetValue(digest.Table, out TableCore? table)) return;
        if (++_answers > _settings.MaxAnswersPerInterval)
        {
            AnswersRefused++;
            return;
        }

        if (Digests.Answer(table.Replica, digest, _node.Loop.Now) is { } answer) Send(from, answer, Lane.Bulk, table);
        else table.Counters.Malformed++;
    }

    private void OnRows(UniqueAddress from, SyncRows answer)
    {
        if (!_tables.TryGetValue(answer.Table, out TableCore? table)) return;
        bool current = _exchanges.TryGetValue(answer.Table, out Exchange? exchange) && exchange.Number == answer.Exchange && exchange.Peer == from;
        ulong through = Math.Min(answer.Through, Push(table, from, answer));
        Learn(table, from, answer.Rows);
        if (!current) return;
        if (through < ulong.MaxValue && exchange!.CatchesUp)
        {
            SendDigest(table, exchange, through);
            return;
        }

        _exchanges.Remove(table.Name);
        if (through == ulong.MaxValue && exchange!.IsWhole) table.Agreed(exchange.PeerConfirmed);
    }

    /// <summary>Sends what the peer lacks and what is newer here than what it sent.</summary>
    /// <returns>How far that went.</returns>
    private ulong Push(TableCore table, UniqueAddress to, SyncRows answer)
    {
        var ids = new SortedSet<ulong>(Digests.ReadIds(answer.Wanted));
        foreach (Row row in answer.Rows) ids.Add(TableRow.IdOf(row.Origin, row.Key));
        Dictionary<ulong, Row> theirs = [];
        foreach (Row row in answer.Rows) theirs[TableRow.IdOf(row.Origin, row.Key)] = row;
        List<TableRow> pushed = [];
        int bytes = 0;
        ulong through = ulong.MaxValue, last = 0;
        foreach (ulong id in ids)
        {
            if (table.Replica.Find(id) is not { IsShared: true } mine) continue;
            if (theirs.TryGetValue(id, out Row? row) && RowWire.Read(row, table.IsOwned, _node.Loop.Now) is { } their && mine.CompareTo(their) <= 0) continue;
            if (bytes > 0 && bytes + mine.Bytes > MaxPushBytes)
            {
                through = last;
                break;
            }

            bytes += mine.Bytes;
            last = id;
            pushed.Add(mine);
        }

        foreach (List<TableRow> chunk in Chunks.ByBytes(pushed))
        {
            var push = new SyncPush { Table = table.Name };
            foreach (TableRow row in chunk) push.Rows.Add(RowWire.Write(row, _node.Loop.Now));
            Send(to, push, Lane.Bulk, table);
        }

        return through;
    }

    private void OnPush(UniqueAddress from, SyncPush push)
    {
        if (_tables.TryGetValue(push.Table, out TableCore? table)) Learn(table, from, push.Rows);
    }

    private void Learn(TableCore table, UniqueAddress from, RepeatedField<Row> rows)
    {
        int news = table.Learn(Incoming.Read(table, rows, _node.Loop.Now), from.Uid, spread: rows.Count <= MaxRepairSpread);
        table.Counters.Repaired += news;
        if (news > 0) _node.Loop.Reached("tables: anti-entropy repaired a row");
    }

    private IEnumerable<Claim> Claims()
    {
        TimeSpan now = _node.Loop.Now;
        yield return new Claim { Origin = _node.Messenger.Self.Uid, Version = _version(), AgeMilliseconds = 0 };
        foreach (OriginAge each in _origins.Pick(_settings.ClaimsPerMessage - 1, now, count => _node.Loop.Random.Next(count)))
            yield return new Claim { Origin = each.Uid, Version = each.Claimed, AgeMilliseconds = (uint)Math.Clamp(each.Age!.Value.TotalMilliseconds, 0, uint.MaxValue) };
    }

    private void Hear(RepeatedField<Claim> claims)
    {
        foreach (Claim claim in claims.Take(_settings.ClaimsPerMessage))
        {
            if (claim.Origin == _node.Messenger.Self.Uid || !IsMember(claim.Origin)) continue;
            _origins.Heard(claim.Origin, claim.Version, _node.Loop.Now - TimeSpan.FromMilliseconds(claim.AgeMilliseconds));
        }
    }

    private void Send(UniqueAddress to, IMessage message, Lane lane, TableCore? table)
    {
        _node.Messenger.Send(to, message, lane);
        if (table is not null) table.Counters.SyncBytes += message.CalculateSize();
        else SummaryBytes += message.CalculateSize();
    }

    /// <param name="number">Tells an answer of this exchange from one that was given up.</param>
    /// <param name="peer">With whom.</param>
    /// <param name="mask">The buckets that differed when it began.</param>
    /// <param name="catchesUp">Goes on until the end of the table, not only for one digest.</param>
    /// <param name="peerConfirmed">The peer had agreed with somebody about the table.</param>
    private sealed class Exchange(uint number, UniqueAddress peer, byte[] mask, bool catchesUp, bool peerConfirmed)
    {
        public uint Number { get; } = number;

        public UniqueAddress Peer { get; } = peer;

        public byte[] Mask { get; } = mask;

        public bool CatchesUp { get; } = catchesUp;

        public bool PeerConfirmed { get; } = peerConfirmed;

        /// <summary>Began at the first id.</summary>
        public bool IsWhole { get; set; }

        public TimeSpan Since { get; set; }
    }
}

/// <summary>Rows of a message, without those that no node of ours would send.</summary>
internal static class Incoming
{
    public static List<TableRow> Read(TableCore table, IReadOnlyList<Row> rows, TimeSpan now)
    {
        List<TableRow> read = new(rows.Count);
        foreach (Row row in rows)
        {
            if (RowWire.Read(row, table.IsOwned, now) is { } good) read.Add(good);
            else table.Counters.Malformed++;
        }

        return read;
    }
}
