using System.Diagnostics.CodeAnalysis;
using Mesh.Wire;

namespace Mesh.Tests.Simulation.World;

/// <summary>What is to come, by time; what comes at the same time is drawn by lot, and the lot by the seed.</summary>
/// <remarks>A heap of four children a node: shallower than a binary one, and its entries lie beside each other. One thread.</remarks>
internal sealed class EventQueue(ulong seed)
{
    private Entry[] _heap = new Entry[1024];
    private SplitMix64 _lots = new(seed);
    private uint _made;

    public int Count { get; private set; }

    public void Add(long at, ISimEvent item)
    {
        if (Count == _heap.Length) Array.Resize(ref _heap, _heap.Length * 2);
        ulong lot = (_lots.Next() & 0xFFFF_FFFF_0000_0000) | _made++;
        Up(Count++, new Entry(at, lot, item));
    }

    public bool TryTake(long until, out long at, [NotNullWhen(true)] out ISimEvent? item)
    {
        if (Count == 0 || _heap[0].At > until)
        {
            (at, item) = (0, null);
            return false;
        }

        (at, item) = (_heap[0].At, _heap[0].Item);
        Entry last = _heap[--Count];
        _heap[Count] = default;
        if (Count > 0) Down(last);
        return true;
    }

    /// <summary>Everything that is still to come, in no order.</summary>
    public IEnumerable<ISimEvent> Pending => _heap.Take(Count).Select(entry => entry.Item);

    private void Up(int index, Entry entry)
    {
        while (index > 0)
        {
            int parent = (index - 1) >> 2;
            if (!entry.IsBefore(_heap[parent])) break;
            _heap[index] = _heap[parent];
            index = parent;
        }

        _heap[index] = entry;
    }

    private void Down(Entry entry)
    {
        int index = 0;
        while (true)
        {
            int child = (index << 2) + 1;
            if (child >= Count) break;
            int least = child;
            for (int other = child + 1; other < Math.Min(child + 4, Count); other++)
            {
                if (_heap[other].IsBefore(_heap[least])) least = other;
            }

            if (!_heap[least].IsBefore(entry)) break;
            _heap[index] = _heap[least];
            index = least;
        }

        _heap[index] = entry;
    }

    private readonly struct Entry(long at, ulong lot, ISimEvent item)
    {
        public readonly long At = at;
        public readonly ISimEvent Item = item;
        private readonly ulong _lot = lot;

        public bool IsBefore(in Entry other) => At != other.At ? At < other.At : _lot < other._lot;
    }
}
