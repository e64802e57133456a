using System.Globalization;
using Google.Protobuf;
using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Storage;
using Mesh.Actors.Tables.Protocol;
using Change = System.Collections.Generic.KeyValuePair<string, System.ReadOnlyMemory<byte>?>;

namespace Mesh.Actors.Tables;

/// <summary>A table's copy on the node's disk: read once at the start, then written behind.</summary>
/// <remarks>
/// The bucket <c>table/NAME</c> has a row each under <c>r/OWNER/KEY</c>, and under <c>about</c> a <see cref="CopyStamp"/>. What cannot be read
/// moves to <c>table-aside/NAME</c>, is named in the log, and comes again from the peers.
/// The stamp's times are a wall clock's, the only one in tables that anything is decided by: the time when others last had the same tells whether
/// a map's copy is young enough to be offered to them, who may have forgotten that its rows were deleted; where nobody ever had, that of the last
/// write does.
/// It orders nothing; a clock that is wrong makes the copy wait for its peers, or weakens the tombstones.
/// </remarks>
internal sealed class TableKeeper
{
    /// <summary>Most rows of one write.</summary>
    public const int MaxRowsPerWrite = 2000;

    /// <summary>Bytes of rows after which a write is sent.</summary>
    public const int MaxBytesPerWrite = 1 << 20;

    private const string About = "about";
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(5);

    private readonly TableCore _table;
    private readonly NodeServices _node;
    private readonly TableSettings _settings;
    private readonly string _bucket;
    private readonly Throttle _save;
    private readonly UnsavedRows _dirty = new();
    private Action? _stopped;
    private bool _loaded;
    private bool _loading;
    private bool _writing;
    private int _underWay;
    private bool _isOver;
    private bool _isStampDue;
    private bool _isStampedLast;
    private bool _isUnusable;
    private ControlTimer? _again;

    public TableKeeper(TableCore table, NodeServices node, TableSettings settings)
    {
        (_table, _node, _settings) = (table, node, settings);
        _bucket = "table/" + table.Name;
        _save = new Throttle(node.Loop, settings.SaveInterval, Save);
        table.Touched += OnTouched;
        table.Freshness.FirstConfirmed += Stamp;
    }

    /// <summary>Changes that the disk does not have yet; at most twice the rows of a table, or as many as a map ever had.</summary>
    public int Unsaved => _dirty.Count + _underWay + (_isStampDue && !_isUnusable ? 1 : 0);

    /// <summary>Why there is no local copy; null while there is one.</summary>
    public string? Fault { get; private set; }

    public async void Load()
    {
        try
        {
            IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> rows = await _node.Durable.Load(_bucket).ConfigureAwait(false);
            _node.Loop.Post(() => Loaded(rows));
        }
        catch (Exception problem)
        {
            _node.Loop.Post(() => LoadFailed(problem));
        }
    }

    /// <summary>Saves what is left, then calls back, on the loop.</summary>
    public void Stop(Action stopped)
    {
        _stopped = stopped;
        _isOver = true;
        _save.Cancel();
        _again?.Cancel();
        Save();
    }

    /// <summary>Notes that the copy is of now, although nothing changed. At once, or with rows: those must not wait for the time's sake.</summary>
    public void Stamp()
    {
        if (_loaded && !_isOver && !_isUnusable && !_writing && _dirty.Count == 0) Write([AboutNow()], []);
        else _isStampDue = true;
    }

    private static string KeyOf(TableRow row) => KeyOf(row.Origin, row.Key);

    private static string KeyOf(ulong origin, string key) => string.Create(CultureInfo.InvariantCulture, $"r/{origin:x16}/{key}");

    private void Loaded(IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> entries)
    {
        if (_isOver) return;
        ReadOnlyMemory<byte> about = entries.FirstOrDefault(entry => entry.Key == About).Value;
        bool readable = CopyStamp.TryRead(about.Span, out CopyStamp stamp);
        TimeSpan age = readable ? _node.Loop.UtcNow - stamp.WrittenAt : TimeSpan.MaxValue;
        if (stamp.ConfirmedAt is { } confirmed) _table.Freshness.Remember(confirmed);
        List<TableRow> rows = [];
        List<KeyValuePair<string, ReadOnlyMemory<byte>>> aside = [];
        foreach (KeyValuePair<string, ReadOnlyMemory<byte>> entry in entries)
        {
            if (entry.Key == About && readable) continue;
            if (readable && TryRead(entry, age, out TableRow? row)) rows.Add(row!);
            else aside.Add(entry);
        }

        _loaded = true;
        _table.HasNoPast = entries.Count == 0 && _table.Freshness.ConfirmedAt is null;
        if (aside.Count > 0) SetAside(aside, about);
        bool mayOffer = age >= TimeSpan.Zero && _settings.MayOffer(stamp.ConfirmedAt is { } then ? _node.Loop.UtcNow - then : age);
        _loading = true;
        if (_table.IsOwned || !mayOffer) _table.Shelve(rows);
        else _table.Learn(rows, 0, spread: false);
        _loading = false;
        if (_dirty.Count > 0 || _isStampDue) _save.Ask();
    }

    private bool TryRead(KeyValuePair<string, ReadOnlyMemory<byte>> entry, TimeSpan age, out TableRow? row)
    {
        row = null;
        try
        {
            TimeSpan then = _node.Loop.Now - (age > TimeSpan.Zero ? age : TimeSpan.Zero);
            row = RowWire.Read(Row.Parser.ParseFrom(entry.Value.Span), _table.IsOwned, then);
            return row is not null && KeyOf(row) == entry.Key;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }

    private void SetAside(List<KeyValuePair<string, ReadOnlyMemory<byte>>> entries, ReadOnlyMemory<byte> about)
    {
        string why = about.Length > 0 && about.Span[0] > CopyStamp.Format ? $"of format {about.Span[0]}, made by a newer version" : "corrupt";
        _node.Loop.Reached("tables: a local copy was set aside");
        _node.Log(new LogEvent(
            LogLevel.Warning,
            "tables",
            $"{entries.Count} entries of the local copy of table {_table.Name} are {why}: moved to table-aside/{_table.Name}, rows come from peers"));
        foreach (KeyValuePair<string, ReadOnlyMemory<byte>>[] part in entries.Chunk(MaxRowsPerWrite))
        {
            Forget(_node.Durable.Write("table-aside/" + _table.Name, [.. part.Select(entry => new Change(entry.Key, entry.Value))]));
            Forget(_node.Durable.Write(_bucket, [.. part.Select(entry => new Change(entry.Key, null))]));
        }
    }

    private void LoadFailed(Exception problem)
    {
        if (_isOver) return;
        if (Fault is null) _node.Log(new LogEvent(LogLevel.Error, "tables", $"table {_table.Name} has no local copy: {problem.Message}", problem));
        Fault = problem.Message;
        if (problem is StorageException { Fault: StorageFault.Unavailable })
        {
            _again = _node.Loop.After(s_retry, Load);
            return;
        }

        _isUnusable = true;
        _dirty.Clear();
    }

    private void OnTouched(TableRow row)
    {
        if (_loading || _isUnusable) return;
        _dirty.Add(row);
        if (_dirty.Count > 2 * _settings.MaxRows && _table.IsOwned) ForgetGone();
        if (_loaded && !_isOver) _save.Ask();
    }

    /// <summary>
    /// The disk has failed for so long that most of what it lacks is the end of rows whose owners are gone. Where it still has such a row, the first
    /// comparison after the next start removes it.
    /// </summary>
    private void ForgetGone()
    {
        _node.Loop.Reached("tables: the ends of rows were not saved");
        _dirty.Forget(id => _table.Kept(id) is null);
    }

    private void Save()
    {
        if (_writing) return;
        if ((_dirty.Count == 0 && !_isStampDue) || !_loaded)
        {
            if (_stopped is null || !_loaded || _isUnusable || _isStampedLast)
            {
                Stopped();
                return;
            }

            // The last word of an orderly end: until now others had the same.
            _isStampedLast = true;
        }

        int most = Math.Min(_dirty.Count, MaxRowsPerWrite);
        List<Change> changes = new(most + 1) { AboutNow() };
        _isStampDue = false;
        List<RowName> taken = new(most);
        int bytes = 0;
        while (taken.Count < MaxRowsPerWrite && bytes < MaxBytesPerWrite && _dirty.TryTake(out RowName touched))
        {
            taken.Add(touched);
            string key = KeyOf(touched.Origin, touched.Key);

            // Of owner rows the disk has a cache of what lived; maps keep their tombstones, lest a restart brings back what was deleted.
            TableRow? row = _table.Kept(touched.Id);
            bool isOther = row is not null && (row.Origin != touched.Origin || row.Key != touched.Key);
            if (row is not null && (isOther || row.IsCollection || (row.Deleted && _table.IsOwned))) row = null;
            ReadOnlyMemory<byte>? entry = row is null ? default(ReadOnlyMemory<byte>?) : RowWire.Write(row, _node.Loop.Now).ToByteArray();
            changes.Add(new Change(key, entry));
            bytes += row?.Bytes ?? 0;
        }

        Write(changes, taken);
    }

    private async void Write(List<Change> changes, List<RowName> taken)
    {
        _writing = true;
        _underWay = changes.Count;
        Exception? problem = null;
        try
        {
            await _node.Durable.Write(_bucket, changes).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            problem = failure;
        }

        _node.Loop.Post(() => Written(taken, problem));
    }

    private void Written(List<RowName> taken, Exception? problem)
    {
        _writing = false;
        _underWay = 0;
        if (problem is null)
        {
            Fault = null;
            if (_stopped is not null) Save();
            else if (_dirty.Count > 0 || _isStampDue) _save.Ask();
            return;
        }

        _table.Counters.SaveFailures++;
        if (Fault is null)
            _node.Log(new LogEvent(LogLevel.Error, "tables", $"the local copy of table {_table.Name} falls behind: {problem.Message}", problem));
        Fault = problem.Message;
        _dirty.Return(taken);
        _isStampDue = true;
        if (_stopped is not null) Stopped();
        else _again = _node.Loop.After(s_retry, _save.Ask);
    }

    private void Stopped()
    {
        Action? stopped = _stopped;
        _stopped = null;
        stopped?.Invoke();
    }

    private Change AboutNow() => new(About, new CopyStamp(_node.Loop.UtcNow, _table.Freshness.ConfirmedAt).ToBytes());

    /// <summary>A copy that cannot be set aside now is met again at the next start.</summary>
    private static async void Forget(ValueTask write)
    {
        try
        {
            await write.ConfigureAwait(false);
        }
        catch (StorageException)
        {
        }
    }
}
