using Mesh.Wire.Metrics;

namespace Mesh.Routing.Telemetry;

/// <summary>Counters of one family that are registered when their key is first seen: exact status codes, kinds of faults.</summary>
/// <remarks>
/// Hot path: keys seen before are found by a look at a short array, the first seen first, no lock and no allocation. Beyond
/// <paramref name="maximum"/> keys the rest is one counter. After the scope's end what is new goes uncounted.
/// </remarks>
/// <param name="scope">Where the counters are registered and with which they go.</param>
/// <param name="name">The family.</param>
/// <param name="help">One line for people.</param>
/// <param name="common">The labels that all share.</param>
/// <param name="labels">Those and the labels of a key.</param>
/// <param name="maximum">Keys with a counter of their own, 1 or more.</param>
/// <param name="rest">The key under which all beyond are counted.</param>
internal sealed class CounterSet(
    MetricScope scope, string name, string help, LabelSet common, Func<LabelSet, int, LabelSet> labels, int maximum, int rest)
{
    private readonly Lock _gate = new();
    private volatile Entry[] _entries = [];
    private volatile Counter? _rest;

    /// <summary>Adds one.</summary>
    /// <param name="stripe">The calling loop's stripe, or 0.</param>
    /// <param name="key">What is counted.</param>
    public void Count(int stripe, int key)
    {
        foreach (ref readonly Entry entry in _entries.AsSpan())
        {
            if (entry.Key != key) continue;
            entry.Counter.Add(stripe);
            return;
        }

        (_rest ?? Find(key))?.Add(stripe);
    }

    private Counter? Find(int key)
    {
        lock (_gate)
        {
            foreach (Entry entry in _entries)
            {
                if (entry.Key == key) return entry.Counter;
            }

            try
            {
                if (_entries.Length >= maximum) return _rest ??= scope.Counter(name, help, labels(common, rest));
                Counter counter = scope.Counter(name, help, labels(common, key));
                _entries = [.. _entries, new Entry(key, counter)];
                return counter;
            }
            catch (ObjectDisposedException)
            {
                // The series went while a request was under way.
                return null;
            }
        }
    }

    private readonly record struct Entry(int Key, Counter Counter);
}
