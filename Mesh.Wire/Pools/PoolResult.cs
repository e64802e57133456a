using System.Net.Sockets;
using Mesh.Wire.Exchange;
using Mesh.Wire.Tls;

namespace Mesh.Wire.Pools;

/// <summary>Why a pool gave no connection.</summary>
public enum PoolFailure : byte
{
    None = 0,

    /// <summary>The address refused, cannot be reached, or did not answer in time: <see cref="PoolResult.Error"/>.</summary>
    Connect,

    /// <summary>All connections are busy and as many requests wait as may.</summary>
    TooManyWaiters,

    /// <summary>No connection came free within the connect timeout.</summary>
    WaitedTooLong,

    /// <summary>The request's own time was over first: that says nothing of the address.</summary>
    OutOfTime,

    /// <summary>The address was reached, or need not be, and no secured connection came of it: <see cref="PoolResult.Tls"/>.</summary>
    Tls,

    /// <summary>Between the two halves of a pool whose peers choose: what was opened belongs to the other half, where the next try goes.</summary>
    ChoseOther,
}

/// <summary>A connection for one exchange, or why there is none.</summary>
public readonly record struct PoolResult(IClientExchange? Connection, PoolFailure Failure, SocketError Error)
{
    /// <summary>Of <see cref="PoolFailure.Tls"/>.</summary>
    public TlsFailure Tls { get; init; }

    /// <summary>What the handshake met, for people; null where nothing more is known.</summary>
    public string? Detail { get; init; }
}
