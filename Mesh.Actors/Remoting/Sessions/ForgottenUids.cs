namespace Mesh.Actors.Remoting.Sessions;

/// <summary>Processes that were removed. Bounded: the oldest is remembered no more, and is then refused by the cluster's own tombstones.</summary>
internal sealed class ForgottenUids(int capacity)
{
    private readonly HashSet<ulong> _uids = [];
    private readonly Queue<ulong> _order = new();

    public bool Contains(ulong uid) => _uids.Contains(uid);

    public void Add(ulong uid)
    {
        if (!_uids.Add(uid)) return;
        _order.Enqueue(uid);
        if (_order.Count > capacity) _uids.Remove(_order.Dequeue());
    }
}
