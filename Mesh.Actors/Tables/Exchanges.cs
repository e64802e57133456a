using Google.Protobuf;
using Mesh.Actors.Control;
using Mesh.Actors.Remoting;
using Mesh.Actors.Tables.Protocol;

namespace Mesh.Actors.Tables;

/// <summary>Exchanges the rows of buckets that differ: SyncDigest -> SyncRows, SyncPush -> SyncDigest ...</summary>
/// <remarks>
/// The asker keeps one exchange a table and sends the next digest when the last was answered, so that a slow peer is asked slowly; the one who
/// answers remembers nothing.
/// </remarks>
internal sealed class Exchanges
{
    /// <summary>Most rows of one message that go on to neighbours as news; more is somebody catching up, which each node does itself.</summary>
    public const int MaxRepairSpread = 32;

    /// <summary>Most bytes that are pushed after one answer; the rest follows after the next.</summary>
    public const int MaxPushBytes = 512 * 1024;

    private readonly NodeServices _node;
    private readonly TableSettings _settings;
    private readonly SortedDictionary<string, TableCore> _tables;
    private readonly SortedDictionary<string, Exchange> _open = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _news = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _quiet = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _futile = new(StringComparer.Ordinal);
    private uint _number;
    private int _answers;

    public Exchanges(NodeServices node, TableSettings settings, SortedDictionary<string, TableCore> tables)
    {
        (_node, _settings, _tables) = (node, settings, tables);
        node.Messenger.Handle<SyncDigest>(OnDigest);
        node.Messenger.Handle<SyncRows>(OnRows);
        node.Messenger.Handle<SyncPush>(OnPush);
    }

    public bool IsUnderWay(TableCore table) => _open.ContainsKey(table.Name);

    /// <summary>Gives up what was not answered in time, and answers others again.</summary>
    public void NextRound()
    {
        _answers = 0;
        foreach ((string table, Exchange exchange) in _open.ToArray())
            if (_node.Loop.Now - exchange.Since >= _settings.SyncTimeout) _open.Remove(table);
        foreach (TableCore table in _tables.Values) Listen(table);
    }

    /// <summary>A table is quiet when a whole round brought no news but by exchanges: then what differs is not under way, it was lost.</summary>
    private void Listen(TableCore table)
    {
        long news = table.Counters.Written + table.Counters.Learned - table.Counters.Repaired;
        if (_news.TryGetValue(table.Name, out long before) && before == news)
        {
            _quiet.Add(table.Name);
        }
        else
        {
            _quiet.Remove(table.Name);
            _futile.Remove(table.Name);
        }

        _news[table.Name] = news;
    }

    /// <remarks>
    /// In a fleet that changes all the time some rows always differ, because they are under way: one digest a round is enough then, and starts
    /// anywhere. Where all is quiet, or most of a table is missing, all of it is compared at once; unless that has just been done and brought
    /// nothing, as when a full table refuses rows.
    /// </remarks>
    public void Begin(TableCore table, UniqueAddress peer, byte[] mask, bool peerConfirmed)
    {
        int differing = Digests.BucketsOf(mask);
        bool catchesUp = table.AgreedAt is null || differing > Replica.Buckets / 2
            || (_quiet.Contains(table.Name) && !_futile.Contains(table.Name));
        bool fits = (long)table.Replica.Count * differing / Replica.Buckets < Digests.MaxEntries / 2;
        ulong after = catchesUp || fits ? 0 : _node.Loop.Random.Next();
        var exchange = new Exchange(++_number, peer, mask, catchesUp, peerConfirmed) { IsWhole = after == 0, Repaired = table.Counters.Repaired };
        _open[table.Name] = exchange;
        SendDigest(table, exchange, after);
    }

    private void SendDigest(TableCore table, Exchange exchange, ulong after)
    {
        (exchange.Since, exchange.After) = (_node.Loop.Now, after);
        int entries = _node.Loop.Chance("tables: tiny digest") ? 1 : Digests.MaxEntries;
        Send(exchange.Peer, Digests.Build(table.Replica, table.Name, exchange.Number, exchange.Mask, after, entries), table);
    }

    private void OnDigest(UniqueAddress from, SyncDigest digest)
    {
        if (!_tables.TryGetValue(digest.Table, out TableCore? table)) return;
        if (++_answers > _settings.MaxAnswersPerInterval)
        {
            _node.Loop.Reached("tables: too many digests at once");
            return;
        }

        if (Digests.Answer(table.Replica, digest, _node.Loop.Now) is { } answer) Send(from, answer, table);
        else table.Counters.Malformed++;
    }

    private void OnRows(UniqueAddress from, SyncRows answer)
    {
        if (!_tables.TryGetValue(answer.Table, out TableCore? table)) return;
        bool current = _open.TryGetValue(answer.Table, out Exchange? exchange)
            && exchange.Number == answer.Exchange && exchange.Peer == from;
        List<TableRow> rows = Incoming.Read(table, answer.Rows, _node.Loop.Now);
        ulong through = Math.Min(answer.Through, Push(table, from, answer.Wanted, rows));
        if (!current)
        {
            Learn(table, from, rows);
        }
        else if (through <= exchange!.After)
        {
            // No node of ours answers less than nothing; asking again would go on for ever.
            _open.Remove(table.Name);
            table.Counters.Malformed++;
            Learn(table, from, rows);
        }
        else if (through < ulong.MaxValue && exchange.CatchesUp)
        {
            // What comes after these rows does not depend on them: the question leaves first, and the peer looks while we learn.
            SendDigest(table, exchange, through);
            _node.Loop.Post(() => Learn(table, from, rows));
        }
        else
        {
            _node.Loop.Post(() => End(table, exchange, rows, through));
        }
    }

    /// <summary>After the rows of all answers before, whose turns were asked for earlier.</summary>
    private void End(TableCore table, Exchange exchange, List<TableRow> rows, ulong through)
    {
        Learn(table, exchange.Peer, rows);
        if (!_open.TryGetValue(table.Name, out Exchange? open) || open != exchange) return;
        _open.Remove(table.Name);
        if (exchange.Repaired != table.Counters.Repaired) _futile.Remove(table.Name);
        else if (through == ulong.MaxValue && exchange.IsWhole) _futile.Add(table.Name);
        if (through == ulong.MaxValue && exchange.IsWhole) table.Agreed(exchange.PeerConfirmed);
    }

    /// <summary>Sends what the peer lacks and what is newer here than what it sent.</summary>
    /// <returns>How far that went.</returns>
    private ulong Push(TableCore table, UniqueAddress to, ByteString wanted, List<TableRow> theirs)
    {
        List<TableRow> newer = [];
        foreach (ulong id in Digests.ReadIds(wanted))
            if (table.Replica.Find(id) is { IsShared: true } mine) newer.Add(mine);
        foreach (TableRow their in theirs)
            if (table.Replica.Find(their.Id) is { IsShared: true } mine && mine.CompareTo(their) > 0) newer.Add(mine);
        newer.Sort(static (left, right) => left.Id.CompareTo(right.Id));
        // No node of ours asks twice for a row.
        for (int i = newer.Count - 1; i > 0; i--)
            if (newer[i].Id == newer[i - 1].Id) newer.RemoveAt(i);
        int bytes = 0, fit = 0;
        while (fit < newer.Count && (bytes == 0 || bytes + newer[fit].Bytes <= MaxPushBytes)) bytes += newer[fit++].Bytes;
        ulong through = fit == newer.Count ? ulong.MaxValue : newer[fit - 1].Id;
        newer.RemoveRange(fit, newer.Count - fit);
        foreach (List<TableRow> chunk in Chunks.ByBytes(newer))
        {
            var push = new SyncPush { Table = table.Name };
            foreach (TableRow row in chunk) push.Rows.Add(RowWire.Write(row, _node.Loop.Now));
            Send(to, push, table);
        }

        return through;
    }

    private void OnPush(UniqueAddress from, SyncPush push)
    {
        if (_tables.TryGetValue(push.Table, out TableCore? table)) Learn(table, from, Incoming.Read(table, push.Rows, _node.Loop.Now));
    }

    private void Learn(TableCore table, UniqueAddress from, List<TableRow> rows)
    {
        int news = table.Learn(rows, from.Uid, spread: rows.Count <= MaxRepairSpread);
        table.Counters.Repaired += news;
        if (news > 0) _node.Loop.Reached("tables: anti-entropy repaired a row");
    }

    private void Send(UniqueAddress to, IMessage message, TableCore table)
    {
        _node.Messenger.Send(to, message, Lane.Bulk);
        table.Counters.SyncBytes += message.CalculateSize();
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
        /// <summary>Rows that exchanges had brought when it began.</summary>
        public long Repaired { get; init; }

        public bool IsWhole { get; set; }

        public TimeSpan Since { get; set; }

        /// <summary>Ids up to this one are done.</summary>
        public ulong After { get; set; }
    }
}
