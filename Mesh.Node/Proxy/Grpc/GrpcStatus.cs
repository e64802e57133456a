using Mesh.Wire.Faults;

namespace Mesh.Node.Proxy.Grpc;

/// <summary>The status codes of gRPC: their names, and what stands for one where no call said any.</summary>
/// <remarks>Sources: gRPC's statuscodes.md, http-grpc-status-mapping.md, PROTOCOL-HTTP2.md (errors); docs/GRPC.md has the tables.</remarks>
internal static class GrpcStatus
{
    public const int Ok = 0;
    public const int Cancelled = 1;
    public const int Unknown = 2;
    public const int DeadlineExceeded = 4;
    public const int PermissionDenied = 7;
    public const int ResourceExhausted = 8;
    public const int Unimplemented = 12;
    public const int Internal = 13;
    public const int Unavailable = 14;
    public const int Unauthenticated = 16;

    /// <summary>
    /// What counts as a failure where no classifier of gRPC's is written, a bit for each code: the server's own faults, as linkerd2 has it.
    /// UNIMPLEMENTED is none: a client that asks an old server whether it has a method must not take it out of its balancer.
    /// </summary>
    public const uint ServerFaults = (1u << Unknown) | (1u << DeadlineExceeded) | (1u << Internal) | (1u << Unavailable) | (1u << 15);

    private static readonly string[] s_names =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
        "UNAUTHENTICATED",
    ];

    /// <summary>As gRPC writes it.</summary>
    public static string Name(int code) => s_names[code];

    /// <summary>What a client takes a response without a gRPC status for.</summary>
    public static int OfHttp(int status) => status switch
    {
        400 => Internal,
        401 => Unauthenticated,
        403 => PermissionDenied,
        404 => Unimplemented,
        429 or 502 or 503 or 504 => Unavailable,
        _ => Unknown,
    };

    /// <summary>What a client takes a stream for that was reset without a status.</summary>
    /// <param name="code">Of RST_STREAM.</param>
    public static int OfReset(int code) => code switch
    {
        0x7 => Unavailable,
        0x8 => Cancelled,
        0xB => ResourceExhausted,
        0xC => PermissionDenied,
        _ => Internal,
    };

    /// <summary>The code that a client's stream is reset with when the backend's was: what is between two neighbours alone is no news.</summary>
    public static int PassedReset(int code) => code is 0x7 or 0x8 or 0xB ? code : 0x2;

    /// <summary>What the mesh answers a call with that it could not have answered.</summary>
    public static int Of(in FaultReport report) => report.GrpcCode ?? (report.Status is { } status ? OfHttp(status) : Of(report.Fault));

    /// <summary>The same of a fault alone.</summary>
    public static int Of(in Fault fault) => (fault.Stage, fault.Party, fault.Cause) switch
    {
        (FaultStage.Identify, _, _) => Unimplemented,
        (_, _, FaultCause.RateLimited) => ResourceExhausted,
        (_, FaultParty.Client, FaultCause.Closed) => Cancelled,
        (FaultStage.Admit or FaultStage.Request or FaultStage.ResponseHead or FaultStage.ResponseBody, _, FaultCause.TimedOut) => DeadlineExceeded,
        (_, FaultParty.Client, _) or (_, _, FaultCause.Bug) or (FaultStage.ResponseHead or FaultStage.ResponseBody, _, FaultCause.Rejected) =>
            Internal,
        _ => Unavailable,
    };
}
