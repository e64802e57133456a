using Mesh.Actors.Membership;

namespace Mesh.Actors.Tables;

/// <summary>
/// A cluster that has just begun: nobody is there who could know more of a table, so its nodes need not wait for one. Where any member has agreed
/// before, or a copy on its disk, or cannot be reached, the long way is right.
/// </summary>
/// <remarks>Only on the control loop.</remarks>
internal sealed class FreshStart
{
    /// <summary>Members beyond which nobody would meet all others within the time that is to be saved.</summary>
    private const int MostMembers = 16;

    private readonly SortedDictionary<string, SortedSet<ulong>> _equals = new(StringComparer.Ordinal);

    /// <summary>This node knows of no past of that table, and nobody has told it of one.</summary>
    public static bool Is(TableCore table) => table is { AgreedAt: null, HasNoPast: true };

    /// <summary>A fresh member has equal rows; whether now all have been met so.</summary>
    public bool IsComplete(TableCore table, UniqueAddress peer, ClusterState state)
    {
        if (!Is(table) || state.Members.Length > MostMembers || !state.Unreachable.IsEmpty)
        {
            _equals.Remove(table.Name);
            return false;
        }

        if (!_equals.TryGetValue(table.Name, out SortedSet<ulong>? met)) _equals.Add(table.Name, met = []);
        met.Add(peer.Uid);
        bool complete = state.Members.All(member => member.UniqueAddress == state.Self || met.Contains(member.UniqueAddress.Uid));
        if (complete) _equals.Remove(table.Name);
        return complete;
    }
}
