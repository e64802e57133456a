using System.Collections.Immutable;
using Mesh.Actors.Control;
using Mesh.Actors.Tables;

namespace Mesh.Discovery.Services;

/// <summary>
/// Keeps what owners told for a while after they were declared dead or removed, as last known. A node that loses its membership goes on serving, and
/// is back soon under another uid: between the end of its former rows and the first of its new ones there is no moment without either.
/// </summary>
/// <remarks>On the control loop. As many as the owners that went in <see cref="ServiceTable.Linger"/> had.</remarks>
/// <param name="loop">Its time.</param>
/// <param name="isUsable">Whether an owner still is a member whose rows are used; what such a one deletes is deleted.</param>
/// <param name="replace">Takes changes in order of key.</param>
internal sealed class Lingering(
    ControlLoop loop, Func<ulong, bool> isUsable, Action<ImmutableArray<RowChange<ServiceInstance>>> replace)
{
    private readonly Queue<(TimeSpan Until, ImmutableArray<RowChange<ServiceInstance>> Ends)> _waiting = new();

    /// <summary>The changes as readers are to see them now.</summary>
    public ImmutableArray<RowChange<ServiceInstance>> Keep(ImmutableArray<RowChange<ServiceInstance>> changes)
    {
        if (!changes.Any(Lingers)) return changes;
        var shown = ImmutableArray.CreateBuilder<RowChange<ServiceInstance>>(changes.Length);
        var ends = ImmutableArray.CreateBuilder<RowChange<ServiceInstance>>();
        foreach (RowChange<ServiceInstance> change in changes)
        {
            if (!Lingers(change))
            {
                shown.Add(change);
                continue;
            }

            RowView<ServiceInstance> last = change.Before! with { State = OwnerState.LastKnown };
            shown.Add(new RowChange<ServiceInstance>(change.Before, last));
            ends.Add(new RowChange<ServiceInstance>(last, null));
        }

        _waiting.Enqueue((loop.Now + ServiceTable.Linger, ends.ToImmutable()));
        if (_waiting.Count == 1) loop.After(ServiceTable.Linger, LetGo);
        return shown.MoveToImmutable();
    }

    private bool Lingers(RowChange<ServiceInstance> change) =>
        change is { After: null, Before: { Value.State: InstanceState.Up } last } && !isUsable(last.Owner);

    /// <summary>No later row can have come: the uid of who is no member never comes back.</summary>
    private void LetGo()
    {
        while (_waiting.TryPeek(out var first) && first.Until <= loop.Now) replace(_waiting.Dequeue().Ends);
        if (_waiting.TryPeek(out var next)) loop.After(next.Until - loop.Now, LetGo);
    }
}
