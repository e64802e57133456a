using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config;

/// <summary>Gathers the faults and warnings of one config. Not thread-safe: one load, one list.</summary>
internal sealed class FaultList
{
    /// <summary>
    /// Most faults, and most warnings, that are kept; the rest is counted. Nobody reads more, and a hostile file must not write megabytes.
    /// </summary>
    public const int MaxKept = 200;

    private readonly List<ConfigFault> _faults = [];
    private readonly List<ConfigFault> _warnings = [];
    private int _faultCount;
    private int _warningCount;

    /// <summary>True once there is a fault; warnings do not count.</summary>
    public bool Any => _faultCount > 0;

    /// <summary>True when further faults would only be counted, so that their texts need no work.</summary>
    public bool IsFull => _faultCount >= MaxKept;

    public void Fault(Position at, string what)
    {
        if (_faultCount++ < MaxKept) _faults.Add(new ConfigFault(at, what, IsWarning: false));
    }

    public void Warn(Position at, string what)
    {
        if (_warningCount++ < MaxKept) _warnings.Add(new ConfigFault(at, what, IsWarning: true));
    }

    /// <summary>The faults by line and column, those without a line last; a last one says how many were left out.</summary>
    public IReadOnlyList<ConfigFault> Faults() => Sorted(_faults, _faultCount, "faults");

    /// <summary>The warnings, ordered like the faults.</summary>
    public IReadOnlyList<ConfigFault> Warnings() => Sorted(_warnings, _warningCount, "warnings");

    private static List<ConfigFault> Sorted(List<ConfigFault> kept, int count, string noun)
    {
        var sorted = new List<ConfigFault>(kept);
        sorted.Sort(Compare);
        if (count > kept.Count)
        {
            Position at = Position.Of(sorted[^1].At.Source);
            sorted.Add(new ConfigFault(at, $"{count - kept.Count} more {noun} are not shown; mend these first", kept[0].IsWarning));
        }

        return sorted;
    }

    private static int Compare(ConfigFault left, ConfigFault right)
    {
        int order = (left.At.Line == 0).CompareTo(right.At.Line == 0);
        if (order == 0) order = left.At.Line.CompareTo(right.At.Line);
        if (order == 0) order = left.At.Column.CompareTo(right.At.Column);
        return order != 0 ? order : string.CompareOrdinal(left.What, right.What);
    }
}
