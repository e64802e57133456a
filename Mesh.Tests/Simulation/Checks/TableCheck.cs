using Mesh.Actors.Tables;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.World;

namespace Mesh.Tests.Simulation.Checks;

/// <summary>What must hold of replicated tables: D1, a version has one value everywhere; D2, nobody sees a row go back.</summary>
internal sealed class TableCheck(SimWorld world)
{
    private readonly Dictionary<(string Table, ulong Owner, string Key, RowVersion Version), string> _values = [];
    private readonly Dictionary<(SimProcess, string Table, ulong Owner, string Key), RowVersion> _seen = [];
    private readonly Dictionary<(SimProcess, string Table), long> _looked = [];

    /// <summary>A subscriber at that process was told of this change.</summary>
    public void OnRow(SimProcess process, string table, RowChange<string> change)
    {
        if (change.After is { } row) See(process, table, row);
    }

    /// <summary>Whoever reads at that process now finds these rows; subscribers may not be told of what came between.</summary>
    public void After(SimProcess process)
    {
        if (process.Program is not ClusterProgram program) return;
        Look(process, "owned", program.Owned.Snapshot);
        Look(process, "map", program.Map.Snapshot);
    }

    private void Look(SimProcess process, string table, TableSnapshot<string> snapshot)
    {
        if (_looked.TryGetValue((process, table), out long number) && number == snapshot.Number) return;
        _looked[(process, table)] = snapshot.Number;
        foreach (RowView<string> row in snapshot.Rows) See(process, table, row);
    }

    private void See(SimProcess process, string table, RowView<string> row)
    {
        (SimProcess, string, ulong, string) place = (process, table, row.Owner, row.Key);
        if (!_seen.TryGetValue(place, out RowVersion known)) known = default;
        if (row.Version == known) return;
        world.Assert(row.Version > known, "D2", () => $"{process} saw {table}/{row.Key} of {row.Owner:x16} go from {known} to {row.Version}");
        _seen[place] = row.Version;
        (string, ulong, string, RowVersion) write = (table, row.Owner, row.Key, row.Version);
        if (!_values.TryGetValue(write, out string? value)) _values[write] = value = row.Value;
        world.Assert(value == row.Value, "D1", () => $"{process} has {table}/{row.Key} {row.Version} as {row.Value}, others as {value}");
    }

    /// <summary>All machines hold the same rows, and each its own process's; null when so.</summary>
    public static string? Unsettled(SimCluster cluster)
    {
        ClusterProgram? first = null;
        foreach (SimProcess process in cluster.Living)
        {
            if (process.Program is not ClusterProgram program) continue;
            first ??= program;
            if (Differs(first.Map.Snapshot, program.Map.Snapshot) is { } map) return $"{process} and the first differ in the map: {map}";
            if (Differs(first.Owned.Snapshot, program.Owned.Snapshot) is { } owned)
                return $"{process} and the first differ in the owners' rows: {owned}";
            foreach ((string key, string value) in program.Written)
            {
                if (first.Owned.Snapshot.Find(key, process.Self.Uid)?.Value != value)
                    return $"{process} wrote {key}={value}, and the first does not have it";
            }
        }

        foreach (RowView<string> row in first!.Owned.Snapshot.Rows)
        {
            if (cluster.Living.All(process => process.Self.Uid != row.Owner)) return $"{row.Key} belongs to {row.Owner:x16}, which is gone";
        }

        return null;
    }

    private static string? Differs(TableSnapshot<string> one, TableSnapshot<string> other)
    {
        if (ReferenceEquals(one.Rows, other.Rows)) return null;
        if (one.Rows.Count != other.Rows.Count) return $"{one.Rows.Count} and {other.Rows.Count} rows";
        foreach ((RowView<string> mine, RowView<string> theirs) in one.Rows.Zip(other.Rows))
        {
            if (mine.Key != theirs.Key || mine.Owner != theirs.Owner || mine.Version != theirs.Version || mine.Value != theirs.Value)
                return $"{mine} and {theirs}";
        }

        return null;
    }
}
