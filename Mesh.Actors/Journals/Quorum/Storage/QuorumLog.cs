using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Journals.Quorum.Raft;
using Mesh.Actors.Storage;
using Microsoft.Data.Sqlite;

namespace Mesh.Actors.Journals.Quorum.Storage;

/// <summary>The file of a member: its id, votes and log, in SQLite (WAL, synchronous=FULL: a commit that returned is on the disk).</summary>
/// <remarks>
/// One thread. The generation counts commits; <see cref="RaftStorage"/> keeps the last one in another file too, so that a disk that lied about
/// its cache, or a file brought back from a copy, is found out.
/// </remarks>
internal sealed class QuorumLog : IDisposable
{
    private const int SchemaVersion = 1;

    private const string Schema = """
        create table raft_state(
          one integer primary key check (one = 1), id integer not null, term integer not null default 0, vote integer not null default 0,
          commit_index integer not null default 0, boot integer not null default 0, group_id integer not null default 0,
          impaired integer not null default 0,
          base_index integer not null default 0, base_term integer not null default 0, base_group blob not null default x'',
          generation integer not null default 0, announced_index integer, announced_term integer, announced_group blob);
        create table raft_log(idx integer primary key, term integer not null, kind integer not null, data blob not null);
        """;

    private readonly string _path;
    /// <summary>How long a file that another process holds is waited for before the start is refused: one that ends lets go within.</summary>
    private const int BusySeconds = 2;

    private readonly SqliteConnection _connection;

    /// <exception cref="StorageException">The file is corrupt, in use, or of a newer version; the disk is full or away.</exception>
    public QuorumLog(string path)
    {
        _path = path;
        SQLitePCL.Batteries_V2.Init();
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = BusySeconds }.ToString());
        try
        {
            Guard(() =>
            {
                _connection.Open();
                Execute("pragma busy_timeout=1000");
                Execute("pragma locking_mode=exclusive");
                Execute("pragma journal_mode=wal");
                Execute("pragma synchronous=full");
                Migrate();
                return true;
            });
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <summary>Commits since the file was made.</summary>
    public long Generation { get; private set; }

    public void Dispose() => _connection.Dispose();

    /// <summary>Reads everything and counts up the boot.</summary>
    /// <param name="freshId">The id of a new file.</param>
    /// <param name="marked">How many commits a file of some id is known to have had; 0 when that is not known.</param>
    public RaftRecovered Open(ulong freshId, Func<ulong, long> marked) => Guard(() =>
    {
        using SqliteTransaction transaction = _connection.BeginTransaction();
        Execute("insert or ignore into raft_state(one, id) values (1, $id)", ("$id", (long)freshId));
        RaftRecovered before = ReadState();
        if (Generation < marked(before.Id)) Execute("update raft_state set impaired = 1");
        Execute("update raft_state set boot = boot + 1, generation = generation + 1");
        RaftRecovered recovered = ReadState() with { Entries = ReadLog() };
        transaction.Commit();
        CheckGapless(recovered);
        return recovered;
    });

    public bool Save(RaftWrite write) => Guard(() =>
    {
        using SqliteTransaction transaction = _connection.BeginTransaction();
        RaftHardState hard = write.Hard;
        Execute(
            "update raft_state set term=$t, vote=$v, commit_index=$c, group_id=$g, impaired=$m, generation=generation+1",
            ("$m", hard.IsImpaired ? 1L : 0L), ("$t", hard.Term), ("$v", (long)hard.Vote), ("$c", hard.Commit), ("$g", (long)hard.GroupId));
        if (write.Base is { } start)
        {
            Execute(
                "update raft_state set base_index=$i, base_term=$t, base_group=$g, announced_index=null, announced_term=null, announced_group=null",
                ("$i", start.Index), ("$t", start.Term), ("$g", start.Group.ToBytes().ToByteArray()));
            Execute("delete from raft_log where idx <= $i", ("$i", start.Index));
        }

        if (write.TruncateFrom != long.MaxValue) Execute("delete from raft_log where idx >= $i", ("$i", write.TruncateFrom));
        Insert(write.Entries);
        transaction.Commit();
        Generation++;
        return true;
    });

    public bool Announce(RaftBase snapshot) => Guard(() =>
    {
        Execute(
            "update raft_state set announced_index=$i, announced_term=$t, announced_group=$g, generation=generation+1",
            ("$i", snapshot.Index), ("$t", snapshot.Term), ("$g", snapshot.Group.ToBytes().ToByteArray()));
        Generation++;
        return true;
    });

    private void Migrate()
    {
        using SqliteCommand ask = _connection.CreateCommand();
        ask.CommandText = "pragma user_version";
        long version = (long)ask.ExecuteScalar()!;
        if (version > SchemaVersion)
            throw new StorageException(StorageFault.TooNew, $"{_path} is of a newer version of Mesh ({version}); update this node");
        if (version == SchemaVersion) return;
        using SqliteTransaction transaction = _connection.BeginTransaction();
        Execute(Schema);
        Execute($"pragma user_version={SchemaVersion}");
        transaction.Commit();
    }

    private RaftRecovered ReadState()
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = "select id, term, vote, commit_index, boot, group_id, base_index, base_term, base_group, generation, "
            + "announced_index, announced_term, announced_group, impaired from raft_state";
        using SqliteDataReader row = command.ExecuteReader();
        row.Read();
        Generation = row.GetInt64(9);
        RaftBase? announced = row.IsDBNull(10) ? null : new RaftBase(row.GetInt64(10), row.GetInt64(11), Group(row, 12));
        var hard = new RaftHardState(
            row.GetInt64(1), (ulong)row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), (ulong)row.GetInt64(5), row.GetInt64(13) != 0);
        var start = new RaftBase(row.GetInt64(6), row.GetInt64(7), Group(row, 8));
        return new RaftRecovered((ulong)row.GetInt64(0), hard, start, [], announced);
    }

    private ImmutableArray<RaftEntry> ReadLog()
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = "select idx, term, kind, data from raft_log order by idx";
        using SqliteDataReader row = command.ExecuteReader();
        ImmutableArray<RaftEntry>.Builder entries = ImmutableArray.CreateBuilder<RaftEntry>();
        while (row.Read())
        {
            ByteString data = UnsafeByteOperations.UnsafeWrap((byte[])row.GetValue(3));
            entries.Add(new RaftEntry { Index = row.GetInt64(0), Term = row.GetInt64(1), Kind = (EntryKind)row.GetInt32(2), Data = data });
        }

        return entries.ToImmutable();
    }

    private static RaftGroup Group(SqliteDataReader row, int column) =>
        RaftGroup.Of(RaftGroupRecord.Parser.ParseFrom((byte[])row.GetValue(column)));

    private void CheckGapless(RaftRecovered recovered)
    {
        for (int i = 0; i < recovered.Entries.Length; i++)
        {
            if (recovered.Entries[i].Index == recovered.Base.Index + 1 + i) continue;
            throw new StorageException(
                StorageFault.Corrupt,
                $"{_path} misses entry {recovered.Base.Index + 1 + i}; move the file away: the node then joins as a new member");
        }
    }

    private void Insert(ImmutableArray<RaftEntry> entries)
    {
        if (entries.IsEmpty) return;
        using SqliteCommand insert = _connection.CreateCommand();
        insert.CommandText = "insert or replace into raft_log(idx, term, kind, data) values ($i, $t, $k, $d)";
        SqliteParameter index = insert.Parameters.AddWithValue("$i", 0L);
        SqliteParameter term = insert.Parameters.AddWithValue("$t", 0L);
        SqliteParameter kind = insert.Parameters.AddWithValue("$k", 0L);
        SqliteParameter data = insert.Parameters.AddWithValue("$d", Array.Empty<byte>());
        foreach (RaftEntry entry in entries)
        {
            (index.Value, term.Value, kind.Value, data.Value) = (entry.Index, entry.Term, (long)entry.Kind, entry.Data.ToByteArray());
            insert.ExecuteNonQuery();
        }
    }

    private void Execute(string text, params ReadOnlySpan<(string Name, object Value)> arguments)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = text;
        foreach ((string name, object value) in arguments) command.Parameters.AddWithValue(name, value);
        command.ExecuteNonQuery();
    }

    private T Guard<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException failed)
        {
            StorageFault fault = failed.SqliteErrorCode switch
            {
                5 or 6 => StorageFault.InUse,
                11 or 26 => StorageFault.Corrupt,
                13 => StorageFault.Full,
                10 => StorageFault.Unknown,
                _ => StorageFault.Unavailable,
            };
            throw new StorageException(fault, $"{_path}: {failed.Message}", failed);
        }
        catch (InvalidProtocolBufferException failed)
        {
            throw new StorageException(StorageFault.Corrupt, $"{_path}: {failed.Message}", failed);
        }
    }
}
