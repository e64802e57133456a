using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry;

/// <summary>A family of events that most names never see.</summary>
/// <param name="Name">Of the series.</param>
/// <param name="Help">One line for people.</param>
/// <param name="Label">A label that tells it from others of that name; null for none.</param>
/// <param name="Value">Its value.</param>
internal sealed record EventFamily(string Name, string Help, string? Label = null, string? Value = null);

/// <summary>Counters that are registered when their first event comes, so that thousands of quiet names carry no empty series.</summary>
/// <remarks>Any thread. After the scope's end what is new goes uncounted.</remarks>
internal sealed class EventCounters(MetricScope scope, LabelSet labels, ReadOnlyMemory<EventFamily> families)
{
    private readonly Counter?[] _counters = new Counter?[families.Length];

    /// <summary>Adds one.</summary>
    /// <param name="stripe">The calling loop's stripe, or 0.</param>
    /// <param name="index">Into the families.</param>
    public void Count(int stripe, int index) => (Volatile.Read(ref _counters[index]) ?? Register(index))?.Add(stripe);

    /// <summary>Two threads get the same counter, since the registry knows it by name and labels.</summary>
    private Counter? Register(int index)
    {
        EventFamily family = families.Span[index];
        LabelSet with = family.Label is null ? labels : labels.With((family.Label, family.Value!));
        try
        {
            Counter counter = scope.Counter(family.Name, family.Help, with);
            Volatile.Write(ref _counters[index], counter);
            return counter;
        }
        catch (ObjectDisposedException)
        {
            // The series went while a request was under way.
            return null;
        }
    }
}
