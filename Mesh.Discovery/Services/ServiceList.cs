using System.Collections.Immutable;
using Mesh.Actors.Tables;

namespace Mesh.Discovery.Services;

/// <summary>All rows of one service as this node sees them now, by id, then owner. Immutable.</summary>
/// <param name="Name">The service's.</param>
/// <param name="Rows">Whatever their state; empty once the last is gone.</param>
public sealed record ServiceList(string Name, ImmutableArray<RowView<ServiceInstance>> Rows)
{
    /// <summary>
    /// Without the past of nodes that are back: of the rows of one id and node name, those whose owner is seen best. A killed node that starts again
    /// is another process; what its former one wrote is there until that is removed.
    /// </summary>
    public IEnumerable<RowView<ServiceInstance>> Present => Rows.Where((row, at) => !IsPast(row, at));

    /// <summary>Rows of one id stand together.</summary>
    private bool IsPast(RowView<ServiceInstance> row, int at)
    {
        for (int i = at - 1; i >= 0 && Rows[i].Key == row.Key; i--)
            if (Succeeds(Rows[i], row)) return true;
        for (int i = at + 1; i < Rows.Length && Rows[i].Key == row.Key; i++)
            if (Succeeds(Rows[i], row)) return true;
        return false;
    }

    private static bool Succeeds(RowView<ServiceInstance> row, RowView<ServiceInstance> other) =>
        row.State < other.State && row.Value.Node == other.Value.Node;
}
