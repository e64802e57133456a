using System.Globalization;
using System.Text;
using Mesh.Tests.Simulation.Nodes;

namespace Mesh.Tests.Simulation.World;

/// <summary>What happened: a hash of everything, by which two runs of a seed are compared, and the last events in words.</summary>
internal sealed class Trace
{
    private const int Kept = 100;
    private const int NotesKept = 5000;

    private readonly (long At, SimProcess? Where, object What)[] _last = new (long, SimProcess?, object)[Kept];
    private readonly Queue<(long At, SimProcess? Where, string Text)> _notes = new();
    private long _count;

    /// <summary>FNV-1a over 64-bit words.</summary>
    public ulong Hash { get; private set; } = 0xCBF29CE484222325;

    public long Count => _count;

    public void Add(long at, SimProcess? where, object what, ulong code)
    {
        Fold((ulong)at);
        Fold(code ^ ((ulong)(where?.Machine.Index ?? -1) << 48));
        _last[_count++ % Kept] = (at, where, what);
    }

    /// <summary>A line that is no event: what a node or a fault says.</summary>
    public void Note(long at, SimProcess? where, string text)
    {
        Fold(Hashes.Of(text));
        _notes.Enqueue((at, where, text));
        if (_notes.Count > NotesKept) _notes.Dequeue();
    }

    public void Fold(ulong word) => Hash = (Hash ^ word) * 0x100000001B3;

    /// <summary>What was noted, and the last events.</summary>
    public string Tell(int notes, int events)
    {
        var text = new StringBuilder();
        foreach ((long at, SimProcess? where, string what) in _notes.TakeLast(notes))
            text.Append(CultureInfo.InvariantCulture, $"  {TimeSpan.FromTicks(at)} {where?.ToString() ?? "world",-8} {what}").AppendLine();
        text.AppendLine("  last events:").Append(Last(events));
        return text.ToString();
    }

    private string Last(int lines)
    {
        var text = new StringBuilder();
        for (long i = Math.Max(0, _count - Math.Min(lines, Kept)); i < _count; i++)
        {
            (long at, SimProcess? where, object what) = _last[i % Kept];
            text.Append(CultureInfo.InvariantCulture, $"  {TimeSpan.FromTicks(at)} {where?.ToString() ?? "world",-8} {what}").AppendLine();
        }

        return text.ToString();
    }
}

/// <summary>Stable hashes: the same in every process, unlike those of the runtime.</summary>
internal static class Hashes
{
    public static ulong Of(string text)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (char letter in text) hash = (hash ^ letter) * 0x100000001B3;
        return Mix(hash);
    }

    public static ulong Of(ulong first, ulong second) => Mix(Mix(first) ^ (second * 0x9E3779B97F4A7C15));

    public static ulong Of(ulong first, ulong second, ulong third) => Of(Of(first, second), third);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
