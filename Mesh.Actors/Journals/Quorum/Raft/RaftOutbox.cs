using System.Collections.Immutable;
using Mesh.Actors.Journals.Quorum.Protocol;

namespace Mesh.Actors.Journals.Quorum.Raft;

/// <summary>The out-tray and the archive's clerk: which messages may leave, which wait for the disk, and what the disk gets next.</summary>
/// <remarks>While a write is under way everything new gathers for the next one: that is the group commit.</remarks>
internal sealed class RaftOutbox
{
    private readonly List<RaftMessage> _now = [];
    private readonly List<RaftMessage> _afterWrite = [];
    private RaftWrite? _writing;
    private bool _hardChanged;
    private RaftBase? _base;
    private long _changedFrom = long.MaxValue;

    /// <summary>The last index of the log that is on the disk.</summary>
    public long StableTo { get; private set; }

    public void Loaded(long lastIndex) => StableTo = lastIndex;

    public void HardChanged() => _hardChanged = true;

    /// <summary>Leaves at once: nothing on this disk has to stand behind it.</summary>
    public void Send(RaftMessage message) => _now.Add(message);

    /// <summary>Leaves when everything that was changed until now is durable.</summary>
    public void SendWhenDurable(RaftMessage message) => _afterWrite.Add(message);

    public void Appended(long index) => _changedFrom = Math.Min(_changedFrom, index);

    public void Truncated(long from)
    {
        _changedFrom = Math.Min(_changedFrom, from);
        StableTo = Math.Min(StableTo, from - 1);
        if (_writing is not null) _writing.StableTo = Math.Min(_writing.StableTo, from - 1);
    }

    /// <summary>The log begins elsewhere from now on.</summary>
    /// <param name="start">The new beginning.</param>
    /// <param name="emptied">Nothing of the log was kept.</param>
    public void Rebased(RaftBase start, bool emptied)
    {
        _base = start;
        if (!emptied) return;
        _changedFrom = start.Index + 1;
        StableTo = start.Index;
        if (_writing is not null) _writing.StableTo = 0;
    }

    public RaftWrite? TakeWrite(RaftLog log, RaftHardState hard)
    {
        if (_writing is not null) return null;
        if (!_hardChanged && _base is null && _changedFrom == long.MaxValue)
        {
            _now.AddRange(_afterWrite);
            _afterWrite.Clear();
            return null;
        }

        long from = _changedFrom == long.MaxValue ? long.MaxValue : Math.Max(_changedFrom, log.Base.Index + 1);
        ImmutableArray<RaftEntry> entries = from == long.MaxValue ? [] : log.Slice(from, log.LastIndex, int.MaxValue, int.MaxValue);
        _writing = new RaftWrite(hard, _base, from, entries) { StableTo = log.LastIndex, After = [.. _afterWrite] };
        _afterWrite.Clear();
        _hardChanged = false;
        _base = null;
        _changedFrom = long.MaxValue;
        return _writing;
    }

    public void Written(RaftWrite write)
    {
        if (write != _writing) throw new InvalidOperationException("confirmed a write that is not under way");
        _writing = null;
        StableTo = Math.Max(StableTo, write.StableTo);
        _now.AddRange(write.After);
    }

    public ImmutableArray<RaftMessage> TakeMessages()
    {
        if (_now.Count == 0) return [];
        ImmutableArray<RaftMessage> messages = [.. _now];
        _now.Clear();
        return messages;
    }
}
