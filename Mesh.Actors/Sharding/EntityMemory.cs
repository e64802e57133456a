using System.Collections.Immutable;
using Mesh.Actors.Journals;

namespace Mesh.Actors.Sharding;

/// <summary>
/// Which entities the journal holds for a shard, and what is to be written: one write at a time, all that gathered meanwhile in the next.
/// </summary>
internal sealed class EntityMemory(int shard, long epoch, List<ShardEffect> effects)
{
    private readonly SortedSet<string> _held = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, bool> _pending = new(StringComparer.Ordinal);
    private SortedDictionary<string, bool>? _writing;
    private TimeSpan _notBefore;

    public bool IsBusy => _pending.Count > 0 || _writing is not null;

    /// <summary>Durably remembered, and nothing else is on its way.</summary>
    public bool Holds(string id) => _held.Contains(id) && !_pending.ContainsKey(id) && _writing?.ContainsKey(id) != true;

    public void Know(string id) => _held.Add(id);

    public void Add(string id)
    {
        _pending[id] = true;
        Write();
    }

    public void Forget(string id)
    {
        _pending[id] = false;
        Write();
    }

    public void Tick(TimeSpan now)
    {
        if (now >= _notBefore) Write();
    }

    /// <summary>Ends the write under way. Returns the entities that are remembered now and were not sure before.</summary>
    public List<string> Done(bool written, TimeSpan retryAt)
    {
        List<string> sure = [];
        if (_writing is not { } batch) return sure;
        _writing = null;
        foreach ((string id, bool started) in batch)
        {
            if (!written)
            {
                _pending.TryAdd(id, started);
                continue;
            }

            if (started) _held.Add(id);
            else _held.Remove(id);
            if (started) sure.Add(id);
        }

        if (written) Write();
        else _notBefore = retryAt;
        return sure;
    }

    private void Write()
    {
        if (_writing is not null || _pending.Count == 0) return;
        _writing = new SortedDictionary<string, bool>(StringComparer.Ordinal);
        foreach ((string id, bool started) in _pending.Take(JournalLimits.MaxRememberedChanges).ToArray())
        {
            _writing.Add(id, started);
            _pending.Remove(id);
        }

        ImmutableArray<string> added = [.. _writing.Where(each => each.Value).Select(each => each.Key)];
        ImmutableArray<string> stopped = [.. _writing.Where(each => !each.Value).Select(each => each.Key)];
        effects.Add(new ShardEffect.Remember(shard, epoch, added, stopped));
    }
}
