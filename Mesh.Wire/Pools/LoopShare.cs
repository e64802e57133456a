using Mesh.Wire.Http1;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Pools;

/// <summary>What one loop owns of a pool: its idle connections, last used first. Written on that loop alone.</summary>
internal struct LoopShare
{
    public EventLoop? Loop;
    public Http1ClientConnection? First;

    /// <summary>Of a pool whose connections carry many exchanges each; made with the first.</summary>
    public StreamShare? Streams;
    public int IdleCount;
    public long Opened;
    public long Failures;

    public void Push(Http1ClientConnection connection)
    {
        connection.IsIdle = true;
        connection.IdlePrevious = null;
        connection.IdleNext = First;
        if (First is { } first) first.IdlePrevious = connection;
        First = connection;
        IdleCount++;
    }

    public void Unlink(Http1ClientConnection connection)
    {
        if (connection.IdleNext is { } next) next.IdlePrevious = connection.IdlePrevious;
        if (connection.IdlePrevious is { } previous) previous.IdleNext = connection.IdleNext;
        else First = connection.IdleNext;
        connection.IdleNext = connection.IdlePrevious = null;
        connection.IsIdle = false;
        IdleCount--;
    }
}
