namespace Mesh.Routing.Telemetry;

/// <summary>One body of a stream, once it is over.</summary>
/// <param name="Bytes">Payload that passed.</param>
/// <param name="DurationNs">A request's since its first byte, a response's since its head, to the last byte or to the break.</param>
/// <param name="IsWhole">Its end came.</param>
public readonly record struct BodyRecord(long Bytes, long DurationNs, bool IsWhole);

/// <summary>A stream, once it is over.</summary>
/// <param name="Request">What the client sent.</param>
/// <param name="Response">What the backend sent; null: it sent no head, or nothing of it was passed on.</param>
/// <param name="DurationNs">Until both were over.</param>
/// <param name="IsWhole">
/// It ended in order, whatever was said on it: a server may end a call before its client has said all (RFC 9113 section 8.1).
/// </param>
public readonly record struct StreamRecord(BodyRecord Request, BodyRecord? Response, long DurationNs, bool IsWhole);
