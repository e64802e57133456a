namespace Mesh.Node.Demo.Fleet;

/// <summary>A node's router as clients know it, and what they saw of it.</summary>
/// <remarks>Any thread.</remarks>
internal sealed class FleetDoor(Uri router)
{
    private long _requests;
    private long _success;
    private long _closed;
    private long _restsUntil;

    public Uri Router => router;

    /// <summary>Answered through this node.</summary>
    public long Requests => Volatile.Read(ref _requests);

    /// <summary>Of these, answered below 500.</summary>
    public long Success => Volatile.Read(ref _success);

    /// <summary>Times that nobody was there, so that a client moved on.</summary>
    public long Closed => Volatile.Read(ref _closed);

    /// <summary>Whether it is left alone for now; by the client's clock.</summary>
    public bool Rests(long now) => now < Volatile.Read(ref _restsUntil);

    public void Note(DemoAnswer answer)
    {
        Interlocked.Increment(ref _requests);
        if (answer.Status < 500) Interlocked.Increment(ref _success);
    }

    public void NoteClosed(long restsUntil)
    {
        Interlocked.Increment(ref _closed);
        Volatile.Write(ref _restsUntil, restsUntil);
    }
}
